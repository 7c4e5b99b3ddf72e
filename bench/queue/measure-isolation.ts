// One worker on a clean queue and one on a queue full of trouble, by turns: what the others' trouble costs an operation.
import { type BenchOptions, type Figure, judged, type VariantSummary } from '../harness/bench.js';
import { alternate, cpuOf, type Measured, summaryOf } from '../harness/rounds.js';
import { median, quartiles } from '../harness/statistics.js';
import type { QueueUnderTest } from './queue-under-test.js';
import { fill, makeTarget } from './trouble.js';

const CLEAN = 'a clean queue';
const TROUBLED = 'beside trouble';
const LANES_A_ROUND = 5_000;
const BEHIND_ONE_HEAD = 200_000;
const PARKED_LANES = 10_000;
const DUE_ON_DEAD_TARGET = 50_000;

export async function measureIsolation(
  clean: QueueUnderTest,
  troubled: QueueUnderTest,
  options: BenchOptions,
): Promise<{ figures: Figure[]; variants: VariantSummary[] }> {
  const { client } = troubled;
  const refusing = await makeTarget(client, 'system:refusing');
  const dead = await makeTarget(client, 'system:dead');
  await fill(client, {
    key: 'deep',
    targetId: refusing,
    kind: 'bench-refused',
    lanes: 1,
    depth: BEHIND_ONE_HEAD + 1,
    laneState: 'parked',
  });
  await fill(client, {
    key: 'parked',
    targetId: refusing,
    kind: 'bench-refused',
    lanes: PARKED_LANES,
    depth: 2,
    laneState: 'parked',
  });
  await fill(client, {
    key: 'dead',
    targetId: dead,
    kind: 'bench-dead',
    lanes: DUE_ON_DEAD_TARGET,
    depth: 1,
    laneState: 'ready',
  });
  const rows = await alternate(
    [
      { name: CLEAN, round: round(clean, await makeTarget(clean.client, 'system:well')) },
      { name: TROUBLED, round: round(troubled, await makeTarget(client, 'system:well')) },
    ],
    options,
  );
  const bases = cpuOf(rows, CLEAN);
  const ratios = cpuOf(rows, TROUBLED).map((cost, index) => cost / (bases[index] ?? NaN));
  return {
    variants: summaryOf(rows),
    figures: [
      judged({
        name: `CPU of an operation beside ${BEHIND_ONE_HEAD} behind a parked head, ${PARKED_LANES} parked lanes and ${DUE_ON_DEAD_TARGET} due on a dead target, to clean`,
        value: median(ratios),
        unit: '',
        spread: quartiles(ratios),
        atMost: 1.1,
      }),
    ],
  };
}

function round(queue: QueueUnderTest, targetId: number): () => Promise<Measured> {
  return async () => {
    const used = await queue.during(() => queue.worker.ask('round', { lanes: LANES_A_ROUND, targetId }));
    return { items: LANES_A_ROUND, ...used };
  };
}
