// Every migration, in order. A landed migration is never edited: a wrong one is followed by another.
import type { MigrationClass } from '../src/platform/database/index.js';
import { CreateAudit1795000001000 } from './1795000001000-create-audit.js';
import { CreateAuth1795000002000 } from './1795000002000-create-auth.js';
import { CreateQueue1795000003000 } from './1795000003000-create-queue.js';
import { CreateSchedule1795000004000 } from './1795000004000-create-schedule.js';
import { CreateRegistry1795000005000 } from './1795000005000-create-registry.js';
import { CreateProvisioning1795000006000 } from './1795000006000-create-provisioning.js';
import { CreateDoors1795000007000 } from './1795000007000-create-doors.js';
import { CreateLoginLimits1795000007500 } from './1795000007500-create-login-limits.js';
import { SealAudit1795000008000 } from './1795000008000-seal-audit.js';
import { IndexAudit1795000008500 } from './1795000008500-index-audit.js';
import { CreateSecretKeys1795000009000 } from './1795000009000-create-secret-keys.js';
import { LetAFunctionMakePartitions1795000009500 } from './1795000009500-let-a-function-make-partitions.js';
import { CreateIdempotencyKeys1795000010000 } from './1795000010000-create-idempotency-keys.js';
import { AddCatchUp1795000011000 } from './1795000011000-add-catch-up.js';
import { CompleteQueue1795000012000 } from './1795000012000-complete-queue.js';
import { IndexQueue1795000012200 } from './1795000012200-index-queue.js';
import { DropOldPartitions1795000012500 } from './1795000012500-drop-old-partitions.js';

export const migrations: readonly MigrationClass[] = [
  CreateAudit1795000001000,
  CreateAuth1795000002000,
  CreateQueue1795000003000,
  CreateSchedule1795000004000,
  CreateRegistry1795000005000,
  CreateProvisioning1795000006000,
  CreateDoors1795000007000,
  CreateLoginLimits1795000007500,
  SealAudit1795000008000,
  IndexAudit1795000008500,
  CreateSecretKeys1795000009000,
  LetAFunctionMakePartitions1795000009500,
  CreateIdempotencyKeys1795000010000,
  AddCatchUp1795000011000,
  CompleteQueue1795000012000,
  IndexQueue1795000012200,
  DropOldPartitions1795000012500,
];
