// Runs variants by turns, so that a noise of the machine hits all of them.
import type { VariantSummary } from './bench.js';
import { type Row, sayRow, sayRowHead } from './report.js';
import { median, quartiles } from './statistics.js';

export interface Measured {
  readonly items: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A way to do the work; each call does one round of it. */
export interface Variant {
  readonly name: string;
  readonly round: () => Promise<Measured>;
}

/** Every variant to warm up, then all of them round by round until the rounds are done or the time is over. */
export async function alternate(
  variants: readonly Variant[],
  {
    rounds,
    seconds,
    warmUps = 1,
  }: { readonly rounds: number; readonly seconds: number; readonly warmUps?: number },
): Promise<Row[]> {
  const rows: Row[] = [];
  sayRowHead();
  for (let warmUp = 0; warmUp < warmUps; warmUp += 1) for (const variant of variants) await variant.round();
  const end = performance.now() + seconds * 1_000;
  for (let round = 1; round <= rounds && (round <= 3 || performance.now() < end); round += 1) {
    // Forwards and backwards: nobody is always the one that comes after a certain other.
    for (const { name, round: run } of round % 2 === 0 ? variants.toReversed() : variants) {
      const row = { variant: name, round, ...(await run()) };
      sayRow(row);
      rows.push(row);
    }
  }
  return rows;
}

/** CPU milliseconds of an item, round by round. */
export function cpuOf(rows: readonly Row[], variant: string): number[] {
  return rowsOf(rows, variant).map(({ cpuMs, items }) => cpuMs / items);
}

/** What `variant` costs more than `base`, in rounds that ran beside each other. */
export function cpuBeyond(rows: readonly Row[], variant: string, base: string): number[] {
  const bases = cpuOf(rows, base);
  return cpuOf(rows, variant).flatMap((cost, index) => {
    const other = bases[index];
    return other === undefined ? [] : [cost - other];
  });
}

export function summaryOf(rows: readonly Row[]): VariantSummary[] {
  return [...new Set(rows.map(({ variant }) => variant))].map((variant) => {
    const costs = cpuOf(rows, variant);
    return {
      variant,
      rounds: costs.length,
      items: rowsOf(rows, variant).reduce((sum, { items }) => sum + items, 0),
      median: median(costs),
      quartiles: quartiles(costs),
      of: 'CPU',
    };
  });
}

function rowsOf(rows: readonly Row[], variant: string): Row[] {
  return rows.filter((row) => row.variant === variant);
}
