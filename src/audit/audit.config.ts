import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../platform/config/index.js';

export const auditSettings = defineSettings('audit', {
  checkpointFile: setting(
    'PROVOST_AUDIT_CHECKPOINT_FILE',
    z.string().min(1).optional(),
    'File that signed checkpoints of the audit chain are appended to; without it audit-checkpoints.jsonl in PROVOST_DATA.',
  ),
  retentionDays: setting(
    'PROVOST_AUDIT_RETENTION_DAYS',
    z.coerce.number().int().min(30).max(36_500).optional(),
    'Days after which sealed audit records are removed, at least 30; without it they are kept for ever.',
  ),
});

export type AuditSettings = SettingsOf<typeof auditSettings>;
