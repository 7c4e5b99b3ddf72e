// Logins, and the same number of password checks alone in the same process, by turns.
import type { Client } from 'pg';
import { type BenchOptions, type Figure, judged, type VariantSummary } from '../harness/bench.js';
import { HttpLoad } from '../harness/http-load.js';
import { LOGIN, PASSWORD, type Provost } from '../harness/provost.js';
import { alternate, cpuBeyond, summaryOf, type Variant } from '../harness/rounds.js';
import {
  type ScratchDirectory,
  SERVICE_DN,
  SERVICE_LOGIN,
  SERVICE_PASSWORD,
} from '../harness/scratch-directory.js';
import { median, quartiles } from '../harness/statistics.js';

const ITEMS = 20;
/** Until the compiler has seen what a login runs through. */
const WARM_UPS = 15;
/** CPU milliseconds a login may take beyond the check of its password. */
const MOST_MS = 1;

export async function measureLogins(
  { process, url }: Provost,
  client: Client,
  directory: ScratchDirectory,
  options: BenchOptions,
  closing: (close: () => void) => void,
): Promise<{ figures: Figure[]; variants: VariantSummary[] }> {
  // One at a time: two that share the caches of a processor would make each other dearer.
  const load = new HttpLoad(1);
  closing(() => load.close());
  const logIn = (name: string, body: unknown): Variant => {
    const request = { url: `${url}/api/v1/auth/login`, method: 'POST', body: JSON.stringify(body) };
    const work = (): Promise<void> => load.repeat(request, ITEMS, ({ status }) => status === 200);
    return { name, round: async () => ({ items: ITEMS, ...(await process.during(work)) }) };
  };
  const alone = (name: string, task: string, input: unknown): Variant => ({
    name,
    round: async () => ({ items: ITEMS, ...(await process.during(() => process.ask(task, input))) }),
  });
  const { rows: operators } = await client.query<{ password_hash: string }>(
    'select password_hash from auth_operators where login = $1',
    [LOGIN],
  );
  const hash = operators[0]?.password_hash;
  const bind = { url: directory.url, bindDn: SERVICE_DN, password: SERVICE_PASSWORD };
  const rows = await alternate(
    [
      logIn('login', { login: LOGIN, password: PASSWORD }),
      alone('argon2id alone', 'verify', { hash, password: PASSWORD, count: ITEMS }),
      logIn('directory login', { login: SERVICE_LOGIN, password: SERVICE_PASSWORD, realm: 'dsa' }),
      alone('bind alone', 'bind', { ...bind, count: ITEMS }),
    ],
    { ...options, warmUps: WARM_UPS },
  );
  const beyond = (name: string, of: string, base: string): Figure => {
    const costs = cpuBeyond(rows, of, base);
    return judged({ name, value: median(costs), unit: 'ms CPU', spread: quartiles(costs), atMost: MOST_MS });
  };
  return {
    variants: summaryOf(rows),
    figures: [
      beyond('a login beyond its argon2id', 'login', 'argon2id alone'),
      beyond('a directory login beyond its bind', 'directory login', 'bind alone'),
    ],
  };
}
