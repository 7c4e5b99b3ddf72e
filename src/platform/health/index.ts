export { HealthModule } from './health.module.js';
export { Health, type HealthFinding } from './health.service.js';
