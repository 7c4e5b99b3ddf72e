// npm run mutate: mutation tests of the queue's rules. Their tool stays in bench/, out of the product's tree.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, handOver, root, run } from './project.mjs';

ensureInstalled();
const stryker = join(root, 'bench', 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
if (!existsSync(stryker))
  run(
    'npm',
    [
      'ci',
      '--prefix',
      join(root, 'bench'),
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ],
    'Installing the mutation tester failed.',
  );
handOver([stryker, 'run', join(root, 'bench', 'mutation', 'stryker.config.js'), ...process.argv.slice(2)]);
