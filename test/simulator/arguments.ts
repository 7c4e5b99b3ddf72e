// Reads the command line of the simulator.
import { parseArgs } from 'node:util';

export const USAGE = `npm run simulate -- [--seed N] [--schedules K] [--steps S] [--workers W]

  --seed       of the run; a schedule's own seed with --schedules 1 plays that one again (1)
  --schedules  how many (1000)
  --steps      moves of the driver in a schedule (60)
  --workers    processes that share the work (2)`;

export interface Options {
  readonly seed: number;
  readonly schedules: number;
  readonly steps: number;
  readonly workers: number;
  /** Which of the workers this process is; null when it is the one that starts them. */
  readonly part: number | null;
}

/** Null when the command was wrong. */
export function parseArguments(args: readonly string[]): Options | null {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seed: text, schedules: text, steps: text, workers: text, part: text },
    });
    const [seed, schedules, steps, workers] = [
      values.seed ?? '1',
      values.schedules ?? '1000',
      values.steps ?? '60',
      values.workers ?? '2',
    ].map(Number);
    const part = values.part === undefined ? null : Number(values.part);
    if (![seed, schedules, steps, workers].every((value) => isCount(value)) || (part !== null && part < 0))
      return null;
    return { seed: seed ?? 1, schedules: schedules ?? 1, steps: steps ?? 1, workers: workers ?? 1, part };
  } catch {
    return null;
  }
}

function isCount(value: number | undefined): boolean {
  return value !== undefined && Number.isInteger(value) && value > 0 && value < 2 ** 32;
}
