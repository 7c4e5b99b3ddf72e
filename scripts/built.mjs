// Runs an entry point of dist/, built first when it is older than its sources: node scripts/built.mjs src/main.js …
import { join } from 'node:path';
import { ensureBuilt, handOver, root } from './project.mjs';

const [entry, ...args] = process.argv.slice(2);
ensureBuilt();
handOver(['--enable-source-maps', join(root, 'dist', entry), ...args]);
