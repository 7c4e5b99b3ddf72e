// Whether the time that a refusal takes tells who exists: the same wrong login many times, each kind in random order.
import { randomInt } from 'node:crypto';
import { type Bench, type BenchOptions, type BenchResult, type Figure, judged } from '../harness/bench.js';
import { withClosing } from '../harness/closing.js';
import { PASSWORD, startProvost } from '../harness/provost.js';
import { say, sayVariants } from '../harness/report.js';
import { startScratchDatabase } from '../harness/scratch-database.js';
import { SERVICE_LOGIN, startScratchDirectory } from '../harness/scratch-directory.js';
import { mannWhitney, median, quartiles } from '../harness/statistics.js';
import { type Accounts, makeAccounts } from './accounts.js';
import { type Kind, timeRefusals } from './time-refusals.js';

/** Less than this, or than the share of it, nobody tells apart over a network. */
const MOST_MS = 2;
const MOST_SHARE = 0.05;
const LEAST_P = 0.01;
const WRONG = `${PASSWORD}!`;

export const benchLoginTiming: Bench = {
  sentence: 'Whether the time of a refused login tells if its account exists or is disabled.',
  seconds: 120,
  run,
};

function run(options: BenchOptions): Promise<BenchResult> {
  return withClosing(async (closing) => {
    const database = await startScratchDatabase({ durable: false });
    closing(database.remove);
    const directory = await startScratchDirectory(database.folder);
    closing(directory.remove);
    const provost = await startProvost(database, {
      // Each try comes from an address of its own, as those of somebody who hides do.
      env: { PROVOST_HTTP_TRUSTED_PROXIES: '127.0.0.1', ...directory.settings },
      profile: options.profile,
    });
    closing(() => provost.process.stop());
    const accounts = await makeAccounts(provost);
    const half = { ...options, seconds: options.seconds / 2 };
    const local = await timeRefusals(provost.url, localKinds(accounts), half, closing);
    say(`The realm dsa, on ${directory.kind}:`);
    const dsa = await timeRefusals(provost.url, directoryKinds, half, closing);
    const variants = [...local, ...dsa].map(([variant, values]) => ({
      variant,
      rounds: 1,
      items: values.length,
      median: median(values),
      quartiles: quartiles(values),
      of: 'wall' as const,
    }));
    sayVariants(variants);
    return { figures: [...figuresOf(local), ...figuresOf(dsa)], variants, postgres: database.version };
  });
}

let count = 0;

function nobody(): string {
  count += 1;
  return `nobody-${count}`;
}

function localKind(name: string, login: () => string, password = WRONG): Kind {
  return { name, realm: 'local', login, password };
}

function localKinds({ enabled, disabled }: Accounts): Kind[] {
  return [
    localKind('unknown login', nobody),
    localKind('wrong password', () => anyOf(enabled)),
    localKind('disabled, wrong password', () => anyOf(disabled)),
    localKind('disabled, right password', () => anyOf(disabled), PASSWORD),
  ];
}

const directoryKinds: readonly Kind[] = [
  { name: 'unknown login in the directory', realm: 'dsa', login: nobody, password: WRONG },
  { name: 'wrong password in the directory', realm: 'dsa', login: () => SERVICE_LOGIN, password: WRONG },
];

function anyOf(logins: readonly string[]): string {
  return logins[randomInt(logins.length)] ?? '';
}

/** Each kind against the unknown login. */
function figuresOf(times: ReadonlyMap<string, readonly number[]>): Figure[] {
  const [base, ...others] = [...times];
  if (base === undefined) return [];
  return others.flatMap(([name, values]) => {
    const gap = Math.abs(median(values) - median(base[1]));
    const share = gap / median(base[1]);
    const { p } = mannWhitney(base[1], values);
    return [
      judged({ name: `${base[0]} or ${name}: p of one distribution`, value: p, unit: '', atLeast: LEAST_P }),
      {
        name: `${base[0]} or ${name}: gap of the medians`,
        value: gap,
        unit: `ms (${(share * 100).toFixed(2)} %)`,
        atMost: Math.max(MOST_MS, MOST_SHARE * median(base[1])),
        isMet: gap <= MOST_MS || share <= MOST_SHARE,
      },
    ];
  });
}
