// What one worker does with a long queue, and what the trouble of others costs an operation.
import type { Bench, BenchOptions, BenchResult } from '../harness/bench.js';
import { withClosing } from '../harness/closing.js';
import { sayVariants } from '../harness/report.js';
import { measureDrain } from './measure-drain.js';
import { measureIsolation } from './measure-isolation.js';
import { startQueue } from './queue-under-test.js';

export const benchQueue: Bench = {
  sentence:
    'How fast --records waiting operations are drained, and what parked lanes and a dead target cost the others.',
  seconds: 240,
  run,
};

/** Of the time; the rest is for draining. */
const ISOLATION_SHARE = 0.4;

async function run(options: BenchOptions): Promise<BenchResult> {
  const isolation = await withClosing(async (closing) => {
    const clean = await startQueue(closing, options);
    const troubled = await startQueue(closing, options);
    for (const { worker } of [clean, troubled]) await worker.ask('work');
    return measureIsolation(clean, troubled, { ...options, seconds: options.seconds * ISOLATION_SHARE });
  });
  sayVariants(isolation.variants);
  return withClosing(async (closing) => {
    const queue = await startQueue(closing, options);
    const drain = await measureDrain(queue, { ...options, seconds: options.seconds * (1 - ISOLATION_SHARE) });
    return {
      figures: [...isolation.figures, ...drain],
      variants: isolation.variants,
      postgres: queue.version,
    };
  });
}
