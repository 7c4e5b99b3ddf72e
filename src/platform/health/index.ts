export { HealthModule } from './health.module.js';
export { Health, type HealthCheck, type HealthFinding } from './health.service.js';
