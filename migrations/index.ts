// Every migration, in order. A landed migration is never edited: a wrong one is followed by another.
import type { MigrationClass } from '../src/platform/database/index.js';
import { CreateAudit1795000001000 } from './1795000001000-create-audit.js';
import { CreateAuth1795000002000 } from './1795000002000-create-auth.js';
import { CreateQueue1795000003000 } from './1795000003000-create-queue.js';
import { CreateSchedule1795000004000 } from './1795000004000-create-schedule.js';
import { CreateRegistry1795000005000 } from './1795000005000-create-registry.js';
import { CreateProvisioning1795000006000 } from './1795000006000-create-provisioning.js';

export const migrations: readonly MigrationClass[] = [
  CreateAudit1795000001000,
  CreateAuth1795000002000,
  CreateQueue1795000003000,
  CreateSchedule1795000004000,
  CreateRegistry1795000005000,
  CreateProvisioning1795000006000,
];
