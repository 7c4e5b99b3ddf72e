// Runs an entry point of dist/, built first when it is older than its sources: node scripts/built.mjs src/main.js …
import { join } from 'node:path';
import { ensureBuilt, handOver, NODE_OPTIONS, root } from './project.mjs';

const [entry, ...args] = process.argv.slice(2);
ensureBuilt();
handOver([...NODE_OPTIONS, join(root, 'dist', entry), ...args]);
