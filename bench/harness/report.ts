// What the benchmark writes: rows while it runs, then medians and figures, and as its last line one JSON object.
import type { Figure, VariantSummary } from './bench.js';

export interface Row {
  readonly variant: string;
  readonly round: number;
  readonly items: number;
  readonly wallMs: number;
  /** User and system time of the process that served them. */
  readonly cpuMs: number;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function sayRowHead(): void {
  say(cells(['variant', 'round', 'items', 'wall ms', 'CPU ms', 'CPU/item', 'wall/item']));
}

export function sayRow({ variant, round, items, wallMs, cpuMs }: Row): void {
  say(
    cells([
      variant,
      String(round),
      String(items),
      wallMs.toFixed(1),
      cpuMs.toFixed(1),
      (cpuMs / items).toFixed(4),
      (wallMs / items).toFixed(4),
    ]),
  );
}

export function sayVariants(variants: readonly VariantSummary[]): void {
  say('');
  for (const { variant, median, quartiles, of, items } of variants) {
    const [low, high] = quartiles;
    say(
      `${variant.padEnd(30)} median ${median.toFixed(4)} ms ${of} an item ` +
        `(middle half ${low.toFixed(4)} to ${high.toFixed(4)}, ${items} items)`,
    );
  }
}

function sayFigure({ name, value, unit, spread, atMost, atLeast, isMet }: Figure): void {
  const around = spread ? ` (middle half ${rounded(spread[0])} to ${rounded(spread[1])})` : '';
  const most = atMost === undefined ? '' : `, at most ${rounded(atMost)}`;
  const least = atLeast === undefined ? '' : `, at least ${rounded(atLeast)}`;
  const verdict = isMet === undefined ? '' : isMet ? ': met' : ': MISSED';
  say(`${name}: ${`${rounded(value)} ${unit}`.trimEnd()}${around}${most}${least}${verdict}`);
}

/** The one line that a machine reads. */
export function sayResult(result: { readonly figures: readonly Figure[] } & Record<string, unknown>): void {
  say('');
  for (const figure of result.figures) sayFigure(figure);
  say(JSON.stringify(result, (_key, value: unknown) => (typeof value === 'number' ? rounded(value) : value)));
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

function cells(values: readonly string[]): string {
  const [first = '', ...rest] = values;
  return `${first.padEnd(30)}${rest.map((value) => value.padStart(11)).join('')}`;
}
