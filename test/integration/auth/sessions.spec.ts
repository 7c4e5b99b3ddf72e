import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock, systemClock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import type { TestApp, TestResponse } from '../../support/http-app.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { addLoggedIn, addOperator, bootGuardedApp, logIn, PASSWORD } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

/** The machine's clock, that a spec can put forward. */
class MovableClock extends Clock {
  #aheadMs = 0;

  forward(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): Date {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }
}

interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
}

let database: TestDatabase;
let node: TestApp;
let otherNode: TestApp;
const otherClock = new MovableClock();

beforeAll(async () => {
  database = await createTestDatabase();
  // Side by side on purpose: both find no signing key.
  [node, otherNode] = await Promise.all([
    bootGuardedApp({ databaseUrl: database.url }),
    bootGuardedApp({ databaseUrl: database.url, clock: otherClock }),
  ]);
}, 30_000);

afterAll(async () => {
  await Promise.all([node?.close(), otherNode?.close()]);
  await database?.drop();
});

const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
  node.app.get(Database).query<Row>(text, values);
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const refresh = (refreshToken: string, at = node): Promise<TestResponse<Pair>> =>
  at.request<Pair>('POST', '/api/v1/auth/refresh', { body: { refreshToken } });
const statusOfMe = async (accessToken: string, at = node): Promise<number> =>
  (await at.request('GET', '/api/v1/auth/me', { token: accessToken })).status;

let people = 0;
/** Somebody new who has just logged in. */
async function setup() {
  people += 1;
  const person = await addLoggedIn(node, `person-${people}`, 'auditor');
  const sessionOf = async () => {
    const [session] = await sql<{ id: string; generation: number; end_reason: string | null }>(
      'select id, generation, end_reason from auth_sessions where operator_id = $1 order by created_at desc',
      [person.id],
    );
    if (session === undefined) throw new Error('no session');
    return session;
  };
  return { ...person, sessionOf };
}

/** Lets the grace of every token used so far run out. */
const outliveGrace = (): Promise<unknown> =>
  sql("update auth_refresh_tokens set rotated_at = rotated_at - interval '10.1 seconds'");

describe('refreshing', () => {
  it('exchanges the token for a new pair of the same session', async () => {
    const { refreshToken, accessToken, sessionOf } = await setup();
    const before = await sessionOf();
    const { status, body } = await refresh(refreshToken);
    expect(status).toBe(200);
    expect(body.refreshToken).not.toBe(refreshToken);
    expect(body.accessToken).not.toBe(accessToken);
    expect(await statusOfMe(body.accessToken)).toBe(200);
    expect(await sessionOf()).toEqual({ ...before, generation: 2 });
  });

  it('goes on and on with the newest token', async () => {
    const { refreshToken, sessionOf } = await setup();
    let newest = refreshToken;
    for (let round = 0; round < 5; round += 1) newest = (await refresh(newest)).body.refreshToken;
    expect(await sessionOf()).toMatchObject({ generation: 6, end_reason: null });
  });

  it('works on another node', async () => {
    const { refreshToken } = await setup();
    expect(await refresh(refreshToken, otherNode)).toMatchObject({ status: 200 });
  });

  it('honours the predecessor within its grace, once, and moves on from there', async () => {
    const { refreshToken, sessionOf } = await setup();
    const lost = await refresh(refreshToken);
    const again = await refresh(refreshToken);
    expect([lost.status, again.status]).toEqual([200, 200]);
    expect(await refresh(refreshToken)).toMatchObject({
      status: 401,
      body: { type: '/problems/auth/refresh-refused' },
    });
    expect(await sessionOf()).toMatchObject({ generation: 3, end_reason: null });
    expect(await refresh(again.body.refreshToken)).toMatchObject({ status: 200 });
  });

  it('ends the session when a used token comes back later, whoever has the newest', async () => {
    const { refreshToken, sessionOf } = await setup();
    const thief = await refresh(refreshToken);
    await outliveGrace();
    expect(await refresh(refreshToken)).toMatchObject({ status: 401 });
    expect(await sessionOf()).toMatchObject({ end_reason: 'token-reuse' });
    expect(await refresh(thief.body.refreshToken)).toMatchObject({ status: 401 });
    expect(await statusOfMe(thief.body.accessToken)).toBe(401);
  });

  it('ends the session of a thief who used the grace, once the owner refreshes later', async () => {
    const { refreshToken, sessionOf } = await setup();
    const owner = await refresh(refreshToken);
    const thief = await refresh(refreshToken);
    expect(thief.status).toBe(200);
    await outliveGrace();
    expect(await refresh(owner.body.refreshToken)).toMatchObject({ status: 401 });
    expect(await sessionOf()).toMatchObject({ end_reason: 'token-reuse' });
    expect(await refresh(thief.body.refreshToken)).toMatchObject({ status: 401 });
  });

  it('ends the session at the third last token, however fast that came', async () => {
    const { refreshToken, sessionOf } = await setup();
    let newest = refreshToken;
    for (let round = 0; round < 3; round += 1) newest = (await refresh(newest)).body.refreshToken;
    expect(await refresh(refreshToken)).toMatchObject({ status: 401 });
    expect(await sessionOf()).toMatchObject({ end_reason: 'token-reuse' });
  });

  it('records a session that was ended by a token that came back', async () => {
    const { id, refreshToken } = await setup();
    await refresh(refreshToken);
    await outliveGrace();
    await refresh(refreshToken);
    const [record] = await sql(
      'select action, after from audit_records where object_id = $1 order by id desc',
      [id],
    );
    expect(record).toMatchObject({ action: 'session.ended', after: { reason: 'token-reuse' } });
  });

  it('leaves one current token after 20 uses of one at once, and the session standing', async () => {
    const { refreshToken, sessionOf } = await setup();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refresh(refreshToken, index % 2 === 0 ? node : otherNode)),
    );
    const given = answers.filter(({ status }) => status === 200).map(({ body }) => body.refreshToken);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(18);
    expect(new Set(given).size).toBe(2);
    const session = await sessionOf();
    expect(session).toMatchObject({ generation: 3, end_reason: null });
    const current = await sql<{ token_hash: Buffer }>(
      'select token_hash from auth_refresh_tokens where session_id = $1 and rotated_at is null',
      [session.id],
    );
    expect(current).toHaveLength(1);
    const newest = given.find((token) => current[0]?.token_hash.equals(hashOf(token)));
    expect(await refresh(newest ?? '')).toMatchObject({ status: 200 });
  });

  it.each([
    ['idle for too long', 'idle_expires_at'],
    ['open for too long', 'expires_at'],
  ])('refuses a session that was %s', async (_, column) => {
    const { id, refreshToken } = await setup();
    await sql(`update auth_sessions set ${column} = now() where operator_id = $1`, [id]);
    expect(await refresh(refreshToken)).toMatchObject({ status: 401 });
  });

  it('never outlives the end of the session', async () => {
    const { id, refreshToken } = await setup();
    await sql("update auth_sessions set expires_at = now() + interval '5 minutes' where operator_id = $1", [
      id,
    ]);
    const { body } = await refresh(refreshToken);
    expect(body.refreshExpiresIn).toBeGreaterThan(290);
    expect(body.refreshExpiresIn).toBeLessThanOrEqual(300);
  });

  it('takes nothing else for a refresh token', async () => {
    const { accessToken, refreshToken, sessionOf } = await setup();
    for (const token of [
      accessToken,
      `${refreshToken} `,
      refreshToken.toUpperCase(),
      "' or true --",
      'x'.repeat(4096),
    ]) {
      expect(await refresh(token)).toMatchObject({ status: 401 });
    }
    expect(await sessionOf()).toMatchObject({ generation: 1, end_reason: null });
  });

  it('keeps only hashes of its tokens', async () => {
    const { refreshToken } = await setup();
    const [stored] = await sql('select session_id from auth_refresh_tokens where token_hash = $1', [
      hashOf(refreshToken),
    ]);
    expect(stored).toBeDefined();
    const tables = JSON.stringify(
      await sql(`select auth_sessions::text || auth_refresh_tokens::text as row
                 from auth_sessions join auth_refresh_tokens on session_id = id`),
    );
    expect(tables).not.toContain(refreshToken);
  });
});

describe('logging out', () => {
  it('ends the session here at once, and on other nodes within 5 seconds', async () => {
    const { accessToken, refreshToken, sessionOf } = await setup();
    expect(await statusOfMe(accessToken, otherNode)).toBe(200);
    const { status, body } = await node.request('POST', '/api/v1/auth/logout', { token: accessToken });
    expect({ status, body }).toEqual({ status: 204, body: undefined });
    expect(await statusOfMe(accessToken)).toBe(401);
    otherClock.forward(5_000);
    expect(await statusOfMe(accessToken, otherNode)).toBe(401);
    expect(await refresh(refreshToken)).toMatchObject({ status: 401 });
    expect(await sessionOf()).toMatchObject({ end_reason: 'logout' });
  });

  it('leaves the other sessions of the operator alone', async () => {
    const { login, accessToken } = await setup();
    const elsewhere = await logIn(node, login);
    await node.request('POST', '/api/v1/auth/logout', { token: accessToken });
    expect(await statusOfMe(elsewhere.accessToken)).toBe(200);
  });
});

describe('disabling an operator on one node', () => {
  it('ends the access tokens on another within 5 seconds', async () => {
    const { id, accessToken } = await setup();
    const admin = await addLoggedIn(node, 'admin', 'administrator');
    expect(await statusOfMe(accessToken, otherNode)).toBe(200);
    await node.request('PATCH', `/api/v1/operators/${id}`, {
      token: admin.accessToken,
      body: { isDisabled: true },
    });
    otherClock.forward(5_000);
    expect(await statusOfMe(accessToken, otherNode)).toBe(401);
  });
});

interface OwnSession {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly client: string;
  readonly isCurrent: boolean;
}

const ownSessions = async (accessToken: string, query = ''): Promise<readonly OwnSession[]> =>
  (
    await node.request<{ items: OwnSession[] }>('GET', `/api/v1/auth/sessions${query}`, {
      token: accessToken,
    })
  ).body.items;

describe('the sessions one has', () => {
  it('say where from and with what they are used', async () => {
    const { login, accessToken } = await setup();
    const elsewhere = await node.request<Pair>('POST', '/api/v1/auth/login', {
      headers: { 'user-agent': 'provost/1.0\t(test)' },
      body: { login, password: PASSWORD },
    });
    const [newest, oldest, ...more] = await ownSessions(elsewhere.body.accessToken);
    expect(more).toEqual([]);
    expect(newest).toMatchObject({ address: '127.0.0.1', client: 'provost/1.0 (test)', isCurrent: true });
    expect(oldest).toMatchObject({ isCurrent: false });
    const seenByOther = await ownSessions(accessToken);
    expect(seenByOther.map(({ isCurrent }) => isCurrent)).toEqual([false, true]);
  });

  it('are said to be used when their token is exchanged, and from where', async () => {
    const { accessToken, refreshToken } = await setup();
    const [before] = await ownSessions(accessToken);
    await node.request('POST', '/api/v1/auth/refresh', {
      headers: { 'user-agent': 'another program' },
      body: { refreshToken },
    });
    const [after] = await ownSessions(accessToken);
    expect(after).toMatchObject({ id: before?.id, createdAt: before?.createdAt, client: 'another program' });
    expect(Date.parse(after?.lastUsedAt ?? '')).toBeGreaterThan(Date.parse(before?.lastUsedAt ?? ''));
  });

  it('come in pages, each once, and only those that stand', async () => {
    const { id, login, accessToken } = await setup();
    for (let more = 0; more < 4; more += 1) await logIn(node, login);
    await sql(
      `update auth_sessions set ended_at = now(), end_reason = 'logout'
       where id = (select id from auth_sessions where operator_id = $1 order by created_at desc limit 1)`,
      [id],
    );
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await node.request<{ items: OwnSession[]; next: string | null }>(
        'GET',
        `/api/v1/auth/sessions?limit=3${after}`,
        { token: accessToken },
      );
      seen.push(...body.items.map((session) => session.id));
      after = body.next === null ? '' : `&after=${body.next}`;
    } while (after !== '');
    expect(seen).toHaveLength(4);
    expect(new Set(seen).size).toBe(4);
  });

  it('are ended one by one, here at once and on other nodes within 5 seconds', async () => {
    const { login, accessToken } = await setup();
    const elsewhere = await logIn(node, login);
    expect(await statusOfMe(elsewhere.accessToken, otherNode)).toBe(200);
    const [other] = (await ownSessions(accessToken)).filter(({ isCurrent }) => !isCurrent);
    const end = (): Promise<TestResponse<unknown>> =>
      node.request('DELETE', `/api/v1/auth/sessions/${other?.id}`, { token: accessToken });
    expect(await end()).toMatchObject({ status: 204 });
    expect(await statusOfMe(elsewhere.accessToken)).toBe(401);
    otherClock.forward(5_000);
    expect(await statusOfMe(elsewhere.accessToken, otherNode)).toBe(401);
    expect(await refresh(elsewhere.refreshToken)).toMatchObject({ status: 401 });
    expect(await statusOfMe(accessToken)).toBe(200);
    expect(await end()).toMatchObject({ status: 404 });
  });

  it('are not those of others: they are not even found', async () => {
    const [one, other] = [await setup(), await setup()];
    const [theirs] = await ownSessions(other.accessToken);
    const admin = await addLoggedIn(node, `admin-${one.login}`, 'administrator');
    for (const { accessToken } of [one, admin]) {
      const answer = await node.request('DELETE', `/api/v1/auth/sessions/${theirs?.id}`, {
        token: accessToken,
      });
      expect(answer).toMatchObject({ status: 404, body: { type: '/problems/auth/session-not-found' } });
    }
    expect(await statusOfMe(other.accessToken)).toBe(200);
  });

  it('end all at once, this one too, on every node within 5 seconds', async () => {
    const { id, login, accessToken } = await setup();
    const elsewhere = await logIn(otherNode, login);
    expect(await statusOfMe(elsewhere.accessToken, otherNode)).toBe(200);
    expect(await node.request('DELETE', '/api/v1/auth/sessions', { token: accessToken })).toMatchObject({
      status: 204,
    });
    otherClock.forward(5_000);
    expect(await statusOfMe(accessToken)).toBe(401);
    expect(await statusOfMe(elsewhere.accessToken, otherNode)).toBe(401);
    expect(await refresh(elsewhere.refreshToken)).toMatchObject({ status: 401 });
    const [record] = await sql(
      'select actor, after from audit_records where action = $1 and object_id = $2',
      ['sessions.ended', id],
    );
    expect(record).toMatchObject({ actor: `local:${login}`, after: { count: 2, reason: 'ended-by-owner' } });
  });
});

describe('changing ones own password', () => {
  const NEXT = 'another horse battery staple';
  const change = (
    token: string,
    currentPassword: string,
    newPassword = NEXT,
  ): Promise<TestResponse<unknown>> =>
    node.request('POST', '/api/v1/auth/password', { token, body: { currentPassword, newPassword } });

  it('ends every other session on every node within 5 seconds, and keeps this one', async () => {
    const { id, login, accessToken, refreshToken } = await setup();
    const elsewhere = await logIn(otherNode, login);
    expect(await statusOfMe(elsewhere.accessToken, otherNode)).toBe(200);
    expect(await change(accessToken, PASSWORD)).toMatchObject({ status: 204 });
    expect(await statusOfMe(elsewhere.accessToken)).toBe(401);
    otherClock.forward(5_000);
    expect(await statusOfMe(elsewhere.accessToken, otherNode)).toBe(401);
    expect(await refresh(elsewhere.refreshToken)).toMatchObject({ status: 401 });
    expect(await statusOfMe(accessToken)).toBe(200);
    expect(await refresh(refreshToken)).toMatchObject({ status: 200 });
    await expect(logIn(node, login)).rejects.toThrow('401');
    expect(await logIn(node, login, NEXT)).toMatchObject({ id });
  });

  it('needs the one until now, and counts wrong ones as wrong logins', async () => {
    const { login, accessToken } = await setup();
    for (let guess = 0; guess < 10; guess += 1) {
      expect(await change(accessToken, 'wrong horse battery staple')).toMatchObject({
        status: 422,
        body: { type: '/problems/auth/current-password-wrong' },
      });
    }
    // Whoever stole the token does not get to guess on, not even with the right one.
    const answer = await change(accessToken, PASSWORD);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await sql('delete from auth_login_limits');
    expect(await logIn(node, login)).toMatchObject({ login });
  });

  it('refuses a common one, and one that is little more than the login', async () => {
    const { login, accessToken } = await setup();
    for (const common of ['qwertyuiop123', `${login}${login}`]) {
      expect(await change(accessToken, PASSWORD, common)).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: '/newPassword' }] },
      });
    }
  });

  it('is another one: the password one has is refused, in whatever spelling', async () => {
    const { id, accessToken } = await setup();
    for (const same of [PASSWORD, PASSWORD.normalize('NFD')]) {
      expect(await change(accessToken, PASSWORD, same)).toMatchObject({
        status: 400,
        body: {
          errors: [{ pointer: '/newPassword', detail: expect.stringContaining('choose another') }],
        },
      });
    }
    expect(
      await sql("select id from audit_records where object_id = $1 and action = 'operator.changed'", [id]),
    ).toEqual([]);
  });

  it('by two at once makes one of both, and the other is refused', async () => {
    const { accessToken, login } = await setup();
    const passwords = ['first horse battery staple', 'second horse battery staple'];
    const answers = await Promise.all(passwords.map((password) => change(accessToken, PASSWORD, password)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 422]));
    const winner = passwords[answers.findIndex(({ status }) => status === 204)];
    expect(await logIn(node, login, winner)).toMatchObject({ login });
  });
});

describe('deleting an operator on one node', () => {
  it('ends the access tokens on another within 5 seconds', async () => {
    const { id, accessToken, refreshToken } = await setup();
    const admin = await addLoggedIn(node, 'deleting-admin', 'administrator');
    expect(await statusOfMe(accessToken, otherNode)).toBe(200);
    await node.request('DELETE', `/api/v1/operators/${id}`, { token: admin.accessToken });
    otherClock.forward(5_000);
    expect(await statusOfMe(accessToken, otherNode)).toBe(401);
    expect(await refresh(refreshToken, otherNode)).toMatchObject({ status: 401 });
  });
});

describe('sessions that are over', () => {
  it('are removed at the next login, the living ones stay', async () => {
    const { id, login, accessToken } = await setup();
    const living = await logIn(node, login);
    await logIn(node, login);
    await sql(
      `update auth_sessions set idle_expires_at = now()
       where id = (select id from auth_sessions where operator_id = $1 order by created_at desc limit 1)`,
      [id],
    );
    await node.request('POST', '/api/v1/auth/logout', { token: accessToken });
    await logIn(node, login);
    const left = await sql('select id from auth_sessions where operator_id = $1', [id]);
    expect(left).toHaveLength(2);
    expect(await refresh(living.refreshToken)).toMatchObject({ status: 200 });
  });
});

describe('a login that crosses a change of the operator', () => {
  it('opens no session with the password that is no longer right', async () => {
    const id = await addOperator(node, 'crossing', 'auditor');
    const other = new Database({
      url: database.url,
      applicationName: 'spec',
      poolSize: 2,
      statementTimeoutMs: 15_000,
    });
    await other.connect();
    try {
      // Holds the operator changed but uncommitted, until the login waits for it.
      let login: Promise<TestResponse<unknown>> | undefined;
      await other.transact(async (transaction) => {
        await transaction.query('update auth_operators set is_disabled = true where id = $1', [id]);
        login = node.request('POST', '/api/v1/auth/login', {
          body: { login: 'crossing', password: PASSWORD },
        });
        await untilWaitingForLock(node.app.get(Database));
      });
      expect(await login).toMatchObject({ status: 401 });
      expect(await sql('select id from auth_sessions where operator_id = $1', [id])).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
