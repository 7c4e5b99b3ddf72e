// Reads the command line of the fault laboratory.
import { parseArgs } from 'node:util';

export interface LabOptions {
  readonly seed: number;
  readonly kills: number;
  readonly nodes: number;
  /** All of it ends within this time. */
  readonly minutes: number;
}

/** The command was wrong; the message says what is right. */
export class UsageError extends Error {}

const USAGE =
  'npm run faultlab -- --seed N --kills K [--nodes M] [--minutes T]\n\n' +
  '  --seed N     what is drawn: the same seed draws the same faults\n' +
  '  --kills K    nodes that are killed\n' +
  '  --nodes M    nodes of the service, 1 to 6; 3 when not given\n' +
  '  --minutes T  all of it ends within this time, 2 or more; 20 when not given';

/** @throws UsageError */
export function readArguments(args: readonly string[]): LabOptions {
  const values = parsed(args);
  const count = (option: keyof LabOptions, least: number, most: number, otherwise?: number): number => {
    const given = values[option];
    const number = given === undefined ? otherwise : Number(given);
    if (number !== undefined && Number.isInteger(number) && number >= least && number <= most) return number;
    throw new UsageError(`--${option} takes a whole number from ${least} to ${most}.\n\n${USAGE}`);
  };
  return {
    seed: count('seed', 0, 2 ** 32 - 1),
    kills: count('kills', 1, 100_000),
    nodes: count('nodes', 1, 6, 3),
    minutes: count('minutes', 2, 1_440, 20),
  };
}

function parsed(args: readonly string[]): Readonly<Partial<Record<keyof LabOptions, string>>> {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { seed: text, kills: text, nodes: text, minutes: text },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}
