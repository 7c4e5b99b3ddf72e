// npm test: everything that must hold before a change lands. npm run check is `--fast`: what needs no server.
// Ends with one plain line: "N passed, N failed, N skipped".
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './project.mjs';

const isFast = process.argv.includes('--fast');
ensureInstalled();

const bin = (...path) => join(root, 'node_modules', ...path);
const STEPS = [
  [
    'format',
    bin('prettier', 'bin', 'prettier.cjs'),
    ['--check', '--log-level', 'warn', '--cache', '--cache-location', bin('.cache', 'prettier-check'), '.'],
  ],
  [
    'lint',
    bin('oxlint', 'bin', 'oxlint'),
    ['--type-aware', '--quiet', 'src', 'migrations', 'seeds', 'test', 'scripts', 'bench'],
  ],
  ['types', bin('typescript7', 'bin', 'tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  [
    'imports',
    bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
    ['--config', '.dependency-cruiser.cjs', 'src', 'migrations', 'seeds'],
  ],
];

const total = { passed: 0, failed: 0, skipped: 0 };

// Static checks side by side: each uses one core for most of its time.
await inPairs(STEPS, runStep);
runJest(['unit', 'rules']);
if (!isFast) {
  ensureBuilt();
  runJest(['integration']);
  runJest(['api']);
}

process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 ? 0 : 1);

async function inPairs(items, work) {
  const waiting = [...items];
  const follow = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) await work(item);
  };
  await Promise.all([follow(), follow()]);
}

async function runStep([name, script, args]) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  total[code === 0 ? 'passed' : 'failed'] += 1;
  if (code !== 0) process.stdout.write(output);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(startedAt)} s)\n`);
}

/** A suite that could not run at all counts as one failure, beside its tests. */
function runJest(projects) {
  const folder = mkdtempSync(join(tmpdir(), 'provost-jest-'));
  const outputFile = join(folder, 'result.json');
  const startedAt = performance.now();
  try {
    const args = [
      '--experimental-vm-modules',
      '--no-warnings',
      bin('jest', 'bin', 'jest.js'),
      '--selectProjects',
      ...projects,
    ];
    const options = [
      '--maxWorkers=2',
      '--json',
      `--outputFile=${outputFile}`,
      '--reporters=default',
      '--silent=false',
    ];
    const { status } = spawnSync(process.execPath, [...args, ...options], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const result = JSON.parse(readFileSync(outputFile, 'utf8'));
    total.passed += result.numPassedTests;
    total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    total.skipped += result.numPendingTests + result.numTodoTests;
    for (const suite of result.testResults) {
      for (const test of suite.assertionResults) {
        if (test.status === 'pending') process.stdout.write(`SKIPPED ${test.fullName}\n`);
      }
    }
    if (status !== 0 && result.success) total.failed += 1;
    process.stdout.write(
      `${status === 0 ? 'ok    ' : 'FAILED'} ${projects.join(' and ')}: ${result.numPassedTests} tests (${seconds(startedAt)} s)\n`,
    );
  } catch (error) {
    total.failed += 1;
    process.stdout.write(`FAILED ${projects.join(' and ')}: jest gave no result (${error.message})\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seconds(startedAt) {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
