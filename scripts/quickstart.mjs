// From a fresh clone to a running Provost with a demo organisation: npm run quickstart [-- --once]
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, handOver, NODE_OPTIONS, root } from './project.mjs';

const startedAt = Date.now();
const say = (message) => process.stdout.write(`${message}\n`);

say('Provost quickstart');
say('  installing what it needs (the first time takes a minute or two) …');
ensureInstalled();
say('  building …');
ensureBuilt();
handOver([
  ...NODE_OPTIONS,
  join(root, 'dist', 'src', 'quickstart.js'),
  `--started-at=${startedAt}`,
  ...process.argv.slice(2),
]);
