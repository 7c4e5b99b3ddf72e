// npm test: everything that must hold before a change lands. npm run check is `--fast`: what needs no server.
// Ends with one plain line: "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root } from './project.mjs';

const isFast = process.argv.includes('--fast');
ensureInstalled();

const bin = (...path) => join(root, 'node_modules', ...path);
const STEPS = [
  ['format', bin('prettier', 'bin', 'prettier.cjs'), ['--check', '--log-level', 'warn', '.']],
  [
    'lint',
    bin('oxlint', 'bin', 'oxlint'),
    ['--type-aware', '--quiet', 'src', 'migrations', 'seeds', 'test', 'scripts'],
  ],
  ['types', bin('typescript7', 'bin', 'tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  [
    'imports',
    bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
    ['--config', '.dependency-cruiser.cjs', 'src', 'migrations', 'seeds'],
  ],
];

const total = { passed: 0, failed: 0, skipped: 0 };

for (const [name, script, args] of STEPS) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  report(name, status === 0, startedAt);
}
for (const project of isFast ? ['unit', 'rules'] : ['unit', 'rules', 'integration', 'api']) runJest(project);

process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 ? 0 : 1);

function report(name, passed, startedAt) {
  total[passed ? 'passed' : 'failed'] += 1;
  process.stdout.write(
    `${passed ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`,
  );
}

/** A suite that could not run at all counts as one failure, beside its tests. */
function runJest(project) {
  const folder = mkdtempSync(join(tmpdir(), 'provost-jest-'));
  const outputFile = join(folder, 'result.json');
  const startedAt = performance.now();
  try {
    const args = [
      '--experimental-vm-modules',
      '--no-warnings',
      bin('jest', 'bin', 'jest.js'),
      '--selectProjects',
      project,
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
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `${status === 0 ? 'ok    ' : 'FAILED'} ${project}: ${result.numPassedTests} tests (${seconds} s)\n`,
    );
  } catch (error) {
    total.failed += 1;
    process.stdout.write(`FAILED ${project}: jest gave no result (${error.message})\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
