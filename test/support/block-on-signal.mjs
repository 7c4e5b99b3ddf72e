// Loaded into a node before its own code: on SIGUSR2 its event loop stands still for as long as a file is there.
import { existsSync } from 'node:fs';

process.on('SIGUSR2', () => {
  process.stdout.write('blocked\n');
  while (existsSync(process.env.BLOCKED_WHILE)) continue;
});
