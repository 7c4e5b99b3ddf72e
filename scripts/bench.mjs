// Runs a benchmark against the built service: npm run bench -- NAME
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, handOver, root } from './project.mjs';

ensureBuilt();
const loader = pathToFileURL(join(root, 'test', 'support', 'register-typescript.mjs')).href;
handOver(['--no-warnings', '--import', loader, join(root, 'bench', 'main.ts'), ...process.argv.slice(2)]);
