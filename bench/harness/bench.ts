// What a benchmark is, and what it hands back.

export interface BenchOptions {
  /** How long it may measure; setting up comes on top. */
  readonly seconds: number;
  readonly rounds: number;
  readonly tries: number;
  readonly records: number;
  /** Where the measured processes write a CPU profile; undefined for none. */
  readonly profile: string | undefined;
}

/** One number that the benchmark is there for. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Where the value lies when the noise is taken into account: the middle half of what was seen. */
  readonly spread?: readonly [number, number];
  /** The bound it has to keep; a figure without one is for information. */
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly isMet?: boolean;
}

export interface BenchResult {
  readonly figures: readonly Figure[];
  /** The version of the server that was used. */
  readonly postgres: string;
  /** The medians that the figures come from. */
  readonly variants: readonly VariantSummary[];
}

export interface VariantSummary {
  readonly variant: string;
  readonly rounds: number;
  readonly items: number;
  /** Milliseconds of an item. */
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly of: 'CPU' | 'wall';
}

export interface Bench {
  /** What it answers, in one sentence. */
  readonly sentence: string;
  readonly seconds: number;
  readonly run: (options: BenchOptions) => Promise<BenchResult>;
}

/** A figure with its verdict. */
export function judged(figure: Omit<Figure, 'isMet'>): Figure {
  const { value, atMost, atLeast } = figure;
  if (atMost === undefined && atLeast === undefined) return figure;
  return { ...figure, isMet: value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) };
}
