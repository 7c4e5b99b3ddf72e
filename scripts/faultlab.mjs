// Runs the fault laboratory against the built service: npm run faultlab -- --seed N --kills K
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, handOver, root } from './project.mjs';

ensureBuilt();
const loader = pathToFileURL(join(root, 'test', 'support', 'register-typescript.mjs')).href;
handOver([
  '--no-warnings',
  '--import',
  loader,
  join(root, 'bench', 'faultlab', 'main.ts'),
  ...process.argv.slice(2),
]);
