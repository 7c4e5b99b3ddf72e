// Reads the command line.
import { parseArgs } from 'node:util';
import type { Bench, BenchOptions } from './bench.js';

/** The command was wrong; the message says what is right. */
export class UsageError extends Error {}

/** @throws UsageError for an unknown name, an unknown option or a number that is none. */
export function readArguments(
  args: readonly string[],
  catalogue: Readonly<Record<string, Bench>>,
): { readonly name: string; readonly options: BenchOptions } {
  const { positionals, values } = parsed(args, catalogue);
  const [name = '', ...more] = positionals;
  const bench = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (bench === undefined || more.length > 0) throw new UsageError(usage(catalogue));
  const count = (option: 'seconds' | 'rounds' | 'tries' | 'records', otherwise: number): number => {
    const given = values[option];
    const number = given === undefined ? otherwise : Number(given);
    if (Number.isInteger(number) && number > 0) return number;
    throw new UsageError(`--${option} takes a whole number above 0.\n\n${usage(catalogue)}`);
  };
  return {
    name,
    options: {
      seconds: count('seconds', bench.seconds),
      rounds: count('rounds', 15),
      tries: count('tries', 1_000),
      records: count('records', 1_000_000),
      profile: values.profile,
    },
  };
}

export function usage(catalogue: Readonly<Record<string, Bench>>): string {
  const width = Math.max(...Object.keys(catalogue).map((name) => name.length));
  return [
    'npm run bench -- NAME [--seconds N] [--rounds N] [--tries N] [--records N] [--profile FOLDER]',
    '',
    ...Object.entries(catalogue).map(([name, { sentence }]) => `  ${name.padEnd(width)}  ${sentence}`),
  ].join('\n');
}

function parsed(args: readonly string[], catalogue: Readonly<Record<string, Bench>>) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { seconds: text, rounds: text, tries: text, records: text, profile: text },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage(catalogue)}`);
  }
}
