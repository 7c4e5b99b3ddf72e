// npm run bench -- NAME [--seconds N] …: runs one benchmark to its end. Exit 0: every figure is met; 1: one is missed;
// 2: the command was wrong.
import { readArguments, usage, UsageError } from './harness/arguments.js';
import { loadNow, machine } from './harness/machine.js';
import { say, sayResult } from './harness/report.js';
import { catalogue } from './catalogue.js';

try {
  const { name, options } = readArguments(process.argv.slice(2), catalogue);
  const bench = catalogue[name];
  if (bench === undefined) throw new UsageError(usage(catalogue));
  say(`${name}: ${bench.sentence}`);
  const loadBefore = loadNow();
  const result = await bench.run(options);
  const { postgres, ...measured } = result;
  const isMet = result.figures.every((figure) => figure.isMet !== false);
  sayResult({
    bench: name,
    isMet,
    ...measured,
    options,
    machine: { ...machine(), postgres, loadBefore, loadAfter: loadNow() },
  });
  process.exitCode = isMet ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
