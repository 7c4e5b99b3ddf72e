// npm run simulate -- --seed N --schedules K [--steps S] [--workers W]. Exit 0: every promise was kept; 1: one was
// broken, and the story of the first is told; 2: the command was wrong.
import { Logger } from '@nestjs/common';
import { parseArguments, USAGE } from './arguments.js';
import { playMany } from './play-many.js';
import { storyOf } from './report.js';
import { playPart } from './play-part.js';

// The worker logs every lost connection; here they are the point.
Logger.overrideLogger(false);

const options = parseArguments(process.argv.slice(2));
if (!options) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
if (options.part !== null) {
  process.stdout.write(JSON.stringify(await playPart(options, options.part)));
} else {
  const startedAt = performance.now();
  const tally = await playMany(options);
  const [first] = tally.violations;
  if (first) process.stdout.write(`${(await storyOf(first.seed, options.steps)).join('\n')}\n`);
  const result = {
    seed: options.seed,
    schedules: tally.schedules,
    steps: tally.steps,
    operations: tally.operations,
    events: tally.events,
    virtualHours: Math.round(tally.virtualMs / 360_000) / 10,
    seconds: Math.round(performance.now() - startedAt) / 1_000,
    faults: tally.faults,
    violations: tally.violations.length,
    broken: tally.violations.slice(0, 20),
  };
  process.stdout.write(`${JSON.stringify({ simulate: result })}\n`);
  process.exitCode = tally.violations.length === 0 ? 0 : 1;
}
