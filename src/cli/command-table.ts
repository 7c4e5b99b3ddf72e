// Every command of the client, in the order help lists them.
import type { Command } from './command.js';
import { accountCommands } from './commands/accounts.js';
import { auditCommands } from './commands/audit.js';
import { completionCommands } from './commands/completion.js';
import { doctorCommands } from './commands/doctor.js';
import { identityCommands } from './commands/identities.js';
import { operatorCommands } from './commands/operators.js';
import { queueRestorationCommands } from './commands/queue-restoration.js';
import { queueCommands } from './commands/queue.js';
import { roleCommands } from './commands/roles.js';
import { scheduleCommands } from './commands/schedule.js';
import { serviceCommands } from './commands/services.js';
import { sessionCommands } from './commands/session.js';
import { ownSessionCommands } from './commands/sessions.js';
import { systemCommands } from './commands/systems.js';

export const COMMANDS: readonly Command[] = [
  ...sessionCommands,
  ...ownSessionCommands,
  ...identityCommands,
  ...roleCommands,
  ...accountCommands,
  ...systemCommands,
  ...queueCommands,
  ...queueRestorationCommands,
  ...scheduleCommands,
  ...operatorCommands,
  ...serviceCommands,
  ...auditCommands,
  ...doctorCommands,
  ...completionCommands(() => COMMANDS),
];
