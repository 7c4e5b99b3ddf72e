// The same writers with and without a sealer beside them, by turns.
import { type BenchOptions, type Figure, judged, type VariantSummary } from '../harness/bench.js';
import type { MeasuredProcess } from '../harness/measured-process.js';
import { alternate, type Measured, summaryOf } from '../harness/rounds.js';
import { median, quartiles } from '../harness/statistics.js';

const WRITERS = 8;
const ROUND_MS = 2_000;
const WITH = 'writers beside the sealer';
const WITHOUT = 'writers alone';

export async function measureWriters(
  writer: MeasuredProcess,
  sealer: MeasuredProcess,
  options: BenchOptions,
): Promise<{ figures: Figure[]; variants: VariantSummary[] }> {
  const write = async (): Promise<Measured> => {
    let items = 0;
    const used = await writer.during(async () => {
      items = await writer.ask<number>('write', { writers: WRITERS, milliseconds: ROUND_MS });
    });
    return { items, ...used };
  };
  const rows = await alternate(
    [
      { name: WITHOUT, round: write },
      {
        name: WITH,
        round: async () => {
          // What the writers left without a sealer is not this round's.
          await sealer.ask('sealAll');
          await sealer.ask('startSealing');
          try {
            return await write();
          } finally {
            await sealer.ask('stopSealing');
          }
        },
      },
    ],
    options,
  );
  const rates = (variant: string): number[] =>
    rows.filter((row) => row.variant === variant).map(({ items, wallMs }) => (items * 1_000) / wallMs);
  const alone = rates(WITHOUT);
  const ratios = rates(WITH).map((rate, index) => rate / (alone[index] ?? NaN));
  return {
    variants: summaryOf(rows),
    figures: [
      {
        name: 'transactions of writers alone',
        value: median(alone),
        unit: 'a second',
        spread: quartiles(alone),
      },
      judged({
        name: 'writers beside the sealer, to those alone',
        value: median(ratios),
        unit: '',
        spread: quartiles(ratios),
        atLeast: 0.95,
      }),
    ],
  };
}
