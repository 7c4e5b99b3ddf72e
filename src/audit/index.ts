export { AuditLog, type AuditEntry } from './audit-log.js';
export { AuditModule } from './audit.module.js';
export { auditSettings, type AuditSettings } from './audit.config.js';
export { AuditTrailModule } from './audit-trail.module.js';
export { AuditVerifier } from './audit-verifier.js';
export { Checkpoints } from './checkpoint.service.js';
export { Sealer } from './sealer.js';
export type { Verification } from './domain/verification.js';
