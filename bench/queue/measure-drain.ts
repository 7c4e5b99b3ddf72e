// A long queue, drained by one worker against a target that does nothing.
import { type BenchOptions, type Figure, judged } from '../harness/bench.js';
import { say } from '../harness/report.js';
import type { QueueUnderTest } from './queue-under-test.js';
import { fill, makeTarget } from './trouble.js';

const DEPTH = 10;

export async function measureDrain(
  queue: QueueUnderTest,
  { records, seconds }: BenchOptions,
): Promise<Figure[]> {
  const lanes = Math.ceil(records / DEPTH);
  await fill(queue.client, {
    key: 'drain',
    targetId: await makeTarget(queue.client, 'system:null'),
    kind: 'bench-null',
    lanes,
    depth: DEPTH,
    laneState: 'ready',
  });
  const wanted = lanes * DEPTH;
  say(`${wanted} operations wait in ${lanes} lanes.`);
  let executed = 0;
  const used = await queue.during(async () => {
    await queue.worker.ask('work');
    // Fewer when the time is over.
    const end = AbortSignal.timeout(seconds * 1_000);
    await Promise.race([
      queue.worker.ask('executedAltogether', wanted),
      new Promise((resolve) => end.addEventListener('abort', resolve)),
    ]);
    executed = await queue.worker.ask<number>('executed');
  });
  const { peakMib } = await queue.worker.usage();
  const { rows } = await queue.client.query<{ left: string; archived: string }>(
    `select (select count(*) from queue_operations) as left, (select count(*) from queue_archive) as archived`,
  );
  say(
    `${executed} executed in ${(used.wallMs / 1_000).toFixed(1)} s; ${rows[0]?.left} wait, ${rows[0]?.archived} in the archive.`,
  );
  return [
    judged({
      name: `operations a second, of ${wanted} waiting`,
      value: (executed * 1_000) / used.wallMs,
      unit: 'a second',
      atLeast: 1_000,
    }),
    { name: 'CPU of one, worker and PostgreSQL', value: (used.cpuMs * 1_000) / executed, unit: 'µs' },
    judged({
      name: 'most memory of the worker',
      value: (peakMib * 1_048_576) / 1e6,
      unit: 'MB',
      atMost: 400,
    }),
  ];
}
