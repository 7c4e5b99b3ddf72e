// npm run faultlab -- --seed N --kills K …: one run of the fault laboratory. Exit 0: nothing was violated, or there is
// no witness on this machine; 1: something was; 2: the command was wrong.
import { say } from '../harness/report.js';
import { readArguments, UsageError } from './arguments.js';
import { runLab } from './run-lab.js';
import { noWitness } from './witness-directory.js';

try {
  const options = readArguments(process.argv.slice(2));
  const reason = noWitness();
  if (reason === undefined) process.exitCode = (await runLab(options)) ? 0 : 1;
  else say(`SKIPPED faultlab: ${reason}.`);
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
