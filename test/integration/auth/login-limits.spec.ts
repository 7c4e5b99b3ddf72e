import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LoginLimitKey } from '../../../src/auth/login-limit-key.js';
import { type LoginAttempt, LoginLimits } from '../../../src/auth/login-limits.js';
import { systemClock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { isProblem } from '../../../src/platform/http/index.js';
import type { TestApp } from '../../support/http-app.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { addOperator, bootGuardedApp, PASSWORD } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let node: TestApp;
let otherNode: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  [node, otherNode] = await Promise.all([
    bootGuardedApp({ databaseUrl: database.url }),
    bootGuardedApp({ databaseUrl: database.url }),
  ]);
}, 30_000);

afterAll(async () => {
  await Promise.all([node?.close(), otherNode?.close()]);
  await database?.drop();
});

afterEach(async () => {
  await sql('delete from auth_login_limits');
  stoodAt = null;
});

const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
  node.app.get(Database).query<Row>(text, values);
const limitsOf = (at: TestApp): LoginLimits => at.app.get(LoginLimits);
const HOME = '198.51.100.7';

const attemptOf = (attempt: Partial<LoginAttempt> = {}): LoginAttempt => ({
  realm: 'local',
  login: 'owner',
  address: HOME,
  ...attempt,
});

/** The same as waiting so long. */
const pass = (seconds: number): Promise<unknown> =>
  sql(
    `update auth_login_limits set
       waits_until = waits_until - make_interval(secs => $1),
       forgiven_at = forgiven_at - make_interval(secs => $1),
       known_until = known_until - make_interval(secs => $1)`,
    [seconds],
  );

let stoodAt: string | null = null;

async function standHere(): Promise<void> {
  const [now] = await sql<{ now: string }>('select clock_timestamp()::text as now');
  stoodAt = now?.now ?? null;
}

/** Takes back the time that passed between two attempts, so that a slow machine counts as a quick one. */
async function standStill(): Promise<void> {
  if (stoodAt === null) return;
  await sql(
    `update auth_login_limits set
       waits_until = waits_until + (clock_timestamp() - $1::timestamptz),
       forgiven_at = forgiven_at + (clock_timestamp() - $1::timestamptz)`,
    [stoodAt],
  );
}

/** The seconds an attempt has to wait; 0 when it was admitted. */
async function knock(attempt: LoginAttempt, at = node): Promise<number> {
  await standStill();
  const wait = await admit(attempt, at);
  await standHere();
  return wait;
}

async function admit(attempt: LoginAttempt, at = node): Promise<number> {
  try {
    await limitsOf(at).admit(attempt);
    return 0;
  } catch (error) {
    if (!isProblem(error) || error.status !== 429) throw error;
    const seconds = Number(error.headers?.['retry-after']);
    expect(Number.isInteger(seconds) && seconds > 0).toBe(true);
    return seconds;
  }
}

/** A wrong password, if it is looked at. */
async function guess(attempt: LoginAttempt, at = node): Promise<number> {
  const wait = await knock(attempt, at);
  if (wait === 0) await limitsOf(at).refused(attempt);
  await standHere();
  return wait;
}

async function succeed(attempt: LoginAttempt): Promise<void> {
  await standStill();
  await limitsOf(node).admit(attempt);
  await limitsOf(node).succeeded(attempt);
  await standHere();
}

/** Guesses until one has to wait, and tells how many were looked at. */
async function guessUntilWaiting(attempt: (nth: number) => LoginAttempt): Promise<number> {
  for (let nth = 0; nth < 1_000; nth += 1) if ((await guess(attempt(nth))) > 0) return nth;
  throw new Error('A thousand guesses were looked at.');
}

const DAY = 86_400;
const strange = (nth: number): string => `203.0.113.${nth % 250}`;

describe('wrong logins at one address', () => {
  it('are looked at ten times, on whichever node; then each makes the next wait twice as long', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await guess(attemptOf(), tries % 2 === 0 ? node : otherNode)).toBe(0);
    }
    const waits: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      const wait = await guess(attemptOf(), otherNode);
      waits.push(wait);
      await pass(wait);
      expect(await guess(attemptOf())).toBe(0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it('never wait longer than a quarter of an hour, so nothing is locked for good', async () => {
    let longest = 0;
    for (let tries = 0; tries < 40; tries += 1) {
      const wait = await guess(attemptOf());
      longest = Math.max(longest, wait);
      await pass(wait);
    }
    expect(longest).toBe(900);
    await pass(900);
    expect(await knock(attemptOf())).toBe(0);
  });

  it('wait no longer for knocking while they wait', async () => {
    await guessUntilWaiting(() => attemptOf());
    await pass(-60);
    const rows = (): Promise<unknown[]> => sql('select * from auth_login_limits order by key');
    const before = await rows();
    for (let tries = 0; tries < 20; tries += 1) expect(await admit(attemptOf())).toBeGreaterThan(50);
    expect(await rows()).toEqual(before);
  });

  it('are forgotten after a while, one after the other', async () => {
    await guessUntilWaiting(() => attemptOf());
    await pass(3 * 900);
    expect(await guessUntilWaiting(() => attemptOf())).toBe(3);
  });

  it('are forgotten at once when the right one comes', async () => {
    for (let tries = 0; tries < 9; tries += 1) await guess(attemptOf());
    await succeed(attemptOf());
    expect(await guessUntilWaiting(() => attemptOf())).toBe(10);
  });

  it('are the same count for a login in any spelling that a directory takes for it', async () => {
    const spellings = ['owner', 'OWNER', ' owner ', 'ｏｗｎｅｒ', 'ow\u00adner', 'own\u200ber'];
    const looked = await guessUntilWaiting((nth) =>
      attemptOf({ login: spellings[nth % spellings.length] ?? '' }),
    );
    expect(looked).toBe(10);
  });

  it.each([
    ['IPv6, anywhere in its /64', (nth: number) => `2001:db8:1:2::${nth.toString(16)}`],
    ['IPv4, also written as IPv6', (nth: number) => (nth % 2 === 0 ? HOME : `::ffff:${HOME}`)],
  ])('are counted together: %s', async (_, address) => {
    expect(await guessUntilWaiting((nth) => attemptOf({ address: address(nth) }))).toBe(10);
  });

  it('are counted for all its accounts as well', async () => {
    expect(await guessUntilWaiting((nth) => attemptOf({ login: `login-${nth}` }))).toBe(50);
    expect(await knock(attemptOf({ login: 'another' }))).toBeGreaterThan(0);
    expect(await knock(attemptOf({ login: 'another', address: strange(1) }))).toBe(0);
  });
});

describe('50 wrong logins at once', () => {
  it.each([
    ['at one address', 10, () => HOME],
    ['at 50 addresses', 20, strange],
  ])('%s: %d are looked at, and exactly those are counted', async (_, allowance, address) => {
    const before = systemClock.monotonicMs();
    const waits = await Promise.all(
      Array.from({ length: 50 }, (__, nth) =>
        admit(attemptOf({ address: address(nth) }), nth % 2 === 0 ? node : otherNode),
      ),
    );
    const looked = waits.filter((wait) => wait === 0).length;
    expect(looked).toBeGreaterThanOrEqual(allowance);
    // After 1, 3, 7 … seconds another one is due: none here, unless the machine is that slow.
    const due = Math.floor(Math.log2(1 + (systemClock.monotonicMs() - before) / 1000));
    expect(looked).toBeLessThanOrEqual(allowance + due);
    const [account] = await sql<{ count: number }>(
      `select ceil(extract(epoch from forgiven_at - now()) / 900)::integer as count
       from auth_login_limits where key = $1`,
      [keyOf(['account', 'local', 'owner'])],
    );
    expect(account).toEqual({ count: looked });
  });

  it('of one login each: every one is looked at, and none waits for a deadlock', async () => {
    const waits = await Promise.all(
      Array.from({ length: 50 }, (_, nth) =>
        admit(attemptOf({ login: `login-${nth}`, address: strange(nth % 9) })),
      ),
    );
    expect(waits).toEqual(Array.from({ length: 50 }, () => 0));
  });
});

const keyOf = (parts: readonly string[]): Buffer =>
  createHmac('sha256', node.app.get(LoginLimitKey).bytes).update(JSON.stringify(parts)).digest();

describe('a flood from everywhere on one account', () => {
  const flood = (realm: LoginAttempt['realm'] = 'local'): Promise<number> =>
    guessUntilWaiting((nth) => attemptOf({ realm, address: strange(nth) }));

  it('is slowed down', async () => {
    expect(await flood()).toBe(20);
  });

  it('keeps strangers out, and not the owner at an address the account is known at', async () => {
    await succeed(attemptOf());
    expect(await flood()).toBe(20);
    expect(await knock(attemptOf({ address: strange(200) }))).toBeGreaterThan(0);
    await succeed(attemptOf());
  });

  it('does not use up the tries of the owner there', async () => {
    await succeed(attemptOf());
    await flood();
    expect(await guessUntilWaiting(() => attemptOf())).toBe(10);
  });

  it('is not forgiven when the owner logs in meanwhile', async () => {
    await succeed(attemptOf());
    await flood();
    await succeed(attemptOf());
    expect(await knock(attemptOf({ address: strange(200) }))).toBeGreaterThan(0);
  });

  it('keeps an account out that was known there more than 30 days ago', async () => {
    await succeed(attemptOf());
    await pass(30 * DAY);
    await flood();
    expect(await knock(attemptOf())).toBeGreaterThan(0);
  });

  it('says nothing about whether the login exists', async () => {
    await addOperator(node, 'somebody', 'auditor');
    const answers: unknown[] = [];
    for (const login of ['somebody', 'nobody']) {
      const tries = [];
      for (let nth = 0; nth < 12; nth += 1) {
        const error: unknown = await limitsOf(node)
          .admit(attemptOf({ login }))
          .catch((refusal: unknown) => refusal);
        tries.push(isProblem(error) ? [error.status, error.message, error.headers] : error);
      }
      answers.push(tries);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toContainEqual([429, expect.any(String), { 'retry-after': '1' }]);
  });
});

describe('a flood on all accounts from everywhere', () => {
  it('is slowed down to one a second, and not the owners at addresses they are known at', async () => {
    await succeed(attemptOf());
    const burst = await guessUntilWaiting((nth) =>
      attemptOf({ login: `login-${nth}`, address: `2001:db8:0:${nth.toString(16)}::1` }),
    );
    expect(burst).toBeGreaterThanOrEqual(200);
    expect(await knock(attemptOf({ login: 'new', address: strange(1) }))).toBe(1);
    await succeed(attemptOf());
  });

  it('keeps no service waiting: nobody guesses its key', async () => {
    await guessUntilWaiting((nth) =>
      attemptOf({ login: `login-${nth}`, address: `2001:db8:0:${nth.toString(16)}::1` }),
    );
    expect(await knock(attemptOf({ login: 'new', address: strange(1) }))).toBe(1);
    expect(await knock(attemptOf({ realm: 'service', login: 'its-key', address: strange(1) }))).toBe(0);
  });
});

describe('wrong passwords for a directory', () => {
  it.each(['dsa', 'identity'] as const)(
    'are passed on three times in a quarter of an hour, wherever they come from (%s)',
    async (realm) => {
      await succeed(attemptOf({ realm }));
      const strangers = await guessUntilWaiting((nth) => attemptOf({ realm, address: strange(nth) }));
      const owner = await guessUntilWaiting(() => attemptOf({ realm }));
      expect({ strangers, owner }).toEqual({ strangers: 2, owner: 1 });
      expect(await knock(attemptOf({ realm }))).toBeGreaterThan(880);
      await pass(901);
      expect(await guess(attemptOf({ realm }))).toBe(0);
      expect(await guess(attemptOf({ realm }))).toBeGreaterThan(0);
    },
  );

  it('are passed on no more often when 50 come at once', async () => {
    await succeed(attemptOf({ realm: 'dsa' }));
    const waits = await Promise.all(
      Array.from({ length: 50 }, (_, nth) =>
        admit(attemptOf({ realm: 'dsa', address: nth % 2 === 0 ? HOME : strange(nth) })),
      ),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
  });

  it('leave the owner a try at a known address, whose success clears the count', async () => {
    await succeed(attemptOf({ realm: 'dsa' }));
    await guessUntilWaiting((nth) => attemptOf({ realm: 'dsa', address: strange(nth) }));
    await succeed(attemptOf({ realm: 'dsa' }));
    expect(await guessUntilWaiting(() => attemptOf({ realm: 'dsa' }))).toBe(3);
  });

  it('leave the owner who mistyped a try after each wait, though a stranger always comes first', async () => {
    const stranger = attemptOf({ realm: 'dsa', address: strange(1) });
    const owner = attemptOf({ realm: 'dsa' });
    await succeed(owner);
    for (let tries = 0; tries < 2; tries += 1) expect(await guess(stranger)).toBe(0);
    expect(await guess(owner)).toBe(0);
    for (let round = 0; round < 8; round += 1) {
      await pass(await knock(owner));
      await guess(stranger);
      expect(await guess(owner)).toBe(0);
    }
  });

  it('let a stranger wait until the place is free that is not kept for the owner, and no longer', async () => {
    const stranger = attemptOf({ realm: 'dsa', address: strange(1) });
    await succeed(attemptOf({ realm: 'dsa' }));
    for (let tries = 0; tries < 2; tries += 1) await guess(attemptOf({ realm: 'dsa' }));
    const wait = await knock(stranger);
    expect(wait).toBeGreaterThan(880);
    await pass(wait);
    expect(await guess(stranger)).toBe(0);
    expect(await guess(stranger)).toBeGreaterThan(0);
  });

  it('do not count when the directory was not asked', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await knock(attemptOf({ realm: 'dsa' }))).toBe(0);
      await limitsOf(node).undecided(attemptOf({ realm: 'dsa' }));
    }
  });
});

describe('tokens that nobody can guess', () => {
  it('are counted at their address only: strangers keep no service and no set-up waiting', async () => {
    for (const realm of ['service', 'setup'] as const) {
      for (let nth = 0; nth < 30; nth += 1) await guess(attemptOf({ realm, address: strange(nth) }));
      expect(await knock(attemptOf({ realm }))).toBe(0);
      expect(await guessUntilWaiting(() => attemptOf({ realm, address: strange(40) }))).toBe(10);
    }
  });

  it('count at a refresh only when they are refused', async () => {
    const attempt = attemptOf({ realm: 'refresh', login: '' });
    for (let tries = 0; tries < 100; tries += 1) {
      expect(await knock(attempt)).toBe(0);
      await limitsOf(node).succeeded(attempt);
    }
    expect(await guessUntilWaiting(() => attempt)).toBeGreaterThanOrEqual(50);
    expect(await knock(attempt)).toBe(1);
    expect(await knock(attemptOf({ realm: 'refresh', login: '', address: strange(1) }))).toBe(0);
  });
});

describe('the table of counts', () => {
  it('survives a restart', async () => {
    await guessUntilWaiting(() => attemptOf());
    const restarted = await bootGuardedApp({ databaseUrl: database.url });
    try {
      expect(await knock(attemptOf(), restarted)).toBeGreaterThan(0);
    } finally {
      await restarted.close();
    }
  });

  it('holds nothing that was typed', async () => {
    await guess(attemptOf({ login: 'hunter2-in-the-wrong-field' }));
    const text = JSON.stringify(await sql("select *, encode(key, 'escape') as text from auth_login_limits"));
    expect(text).not.toMatch(/hunter2|198\.51/);
  });

  it('shrinks to what still matters: the known addresses, and what is not forgiven yet', async () => {
    await succeed(attemptOf());
    await pass(5);
    for (let nth = 0; nth < 5; nth += 1)
      await guess(attemptOf({ login: `login-${nth}`, address: strange(nth) }));
    await pass(DAY);
    await guess(attemptOf({ login: 'last', address: strange(9) }));
    const left = await sql<{ is_known: boolean }>(
      'select known_until is not null as is_known from auth_login_limits order by 1',
    );
    expect(left.map((row) => row.is_known)).toEqual([false, false, false, false, true]);
  });
});

describe('a count that is cleared away at the moment of an attempt', () => {
  it('is made anew, so that the attempt is counted', async () => {
    await guess(attemptOf());
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isCleared = (): void => undefined;
    const cleared = new Promise<void>((resolve) => (isCleared = resolve));
    const clearing = otherNode.app.get(Database).transact(async (transaction) => {
      await transaction.query('delete from auth_login_limits where key = $1', [
        keyOf(['pair', 'local', 'owner', HOME]),
      ]);
      isCleared();
      await held;
    });
    await cleared;
    const admitted = admit(attemptOf());
    await untilWaitingForLock(node.app.get(Database));
    release();
    await clearing;
    expect(await admitted).toBe(0);
    expect(await sql('select key from auth_login_limits')).toHaveLength(4);
    expect(await guessUntilWaiting(() => attemptOf())).toBe(9);
  });
});

describe('logging in over HTTP', () => {
  it('answers 429 with the time to come back, and looks at no password until then', async () => {
    await addOperator(node, 'guessed', 'auditor');
    const logIn = (password: string) =>
      node.request('POST', '/api/v1/auth/login', { body: { login: 'guessed', password } });
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await logIn('wrong horse battery staple')).toMatchObject({ status: 401 });
    }
    await sql(
      "update auth_login_limits set waits_until = now() + interval '900 s' where waits_until > '-infinity'",
    );
    const refused = await logIn(PASSWORD);
    expect(refused).toMatchObject({ status: 429, body: { type: '/problems/auth/too-many-attempts' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800);
    await pass(900);
    expect(await logIn(PASSWORD)).toMatchObject({ status: 200 });
  });
});
