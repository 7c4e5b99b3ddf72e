// One try after the other, in an order that nobody can learn.
import { randomInt } from 'node:crypto';
import type { BenchOptions } from '../harness/bench.js';
import { HttpLoad } from '../harness/http-load.js';
import { say } from '../harness/report.js';
import { median } from '../harness/statistics.js';

/** A way to be refused. */
export interface Kind {
  readonly name: string;
  readonly realm: 'local' | 'dsa';
  readonly login: () => string;
  readonly password: string;
}

const WARM_UPS = 20;
/** A row is printed for so many tries of each kind. */
const ROUND = 100;

/** Milliseconds of each try, by kind, in the order of `kinds`. @throws when a try is not refused as the others are. */
export async function timeRefusals(
  url: string,
  kinds: readonly Kind[],
  { tries, seconds }: BenchOptions,
  closing: (close: () => void) => void,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const load = new HttpLoad(1);
  closing(() => load.close());
  const times = new Map(kinds.map(({ name }) => [name, [] as number[]]));
  const tryOnce = async ({ realm, login, password }: Kind): Promise<number> => {
    const body = JSON.stringify({ realm, login: login(), password });
    const headers = { 'x-forwarded-for': anAddress() };
    const startedAt = performance.now();
    const answer = await load.send({ url: `${url}/api/v1/auth/login`, method: 'POST', headers, body });
    const took = performance.now() - startedAt;
    if (answer.status !== 401) throw new Error(`A refusal answered ${answer.status}: ${answer.body}`);
    return took;
  };
  for (let count = 0; count < WARM_UPS; count += 1) for (const kind of shuffled(kinds)) await tryOnce(kind);
  const end = performance.now() + seconds * 1_000;
  for (let done = 0; done < tries && performance.now() < end; done += 1) {
    for (const kind of shuffled(kinds)) times.get(kind.name)?.push(await tryOnce(kind));
    if ((done + 1) % ROUND === 0) sayRound(times);
  }
  return times;
}

function sayRound(times: ReadonlyMap<string, readonly number[]>): void {
  const medians = [...times].map(([name, values]) => `${name} ${median(values.slice(-ROUND)).toFixed(3)} ms`);
  say(`${[...times.values()][0]?.length ?? 0} tries each; of the last ${ROUND}: ${medians.join(', ')}`);
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(randomInt(left.length), 1));
}

function anAddress(): string {
  return ['10', ...Array.from({ length: 3 }, () => String(randomInt(1, 255)))].join('.');
}
