// Every command of the client, in the order help lists them.
import type { Command } from './command.js';
import { accountCommands } from './commands/accounts.js';
import { identityCommands } from './commands/identities.js';
import { queueCommands } from './commands/queue.js';
import { roleCommands } from './commands/roles.js';
import { sessionCommands } from './commands/session.js';
import { systemCommands } from './commands/systems.js';

export const COMMANDS: readonly Command[] = [
  ...sessionCommands,
  ...identityCommands,
  ...roleCommands,
  ...accountCommands,
  ...systemCommands,
  ...queueCommands,
];
