// Runs the simulator on the sources: npm run simulate -- --seed N --schedules K
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, handOver, root } from './project.mjs';

ensureInstalled();
const loader = pathToFileURL(join(root, 'test', 'support', 'register-typescript.mjs')).href;
handOver([
  '--no-warnings',
  '--import',
  loader,
  join(root, 'test', 'simulator', 'main.ts'),
  ...process.argv.slice(2),
]);
