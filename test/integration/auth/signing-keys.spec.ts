import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SigningKeys } from '../../../src/auth/signing-keys.js';
import { Clock, systemClock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { SealedColumns, SecretBox } from '../../../src/platform/secrets/index.js';
import type { TestApp, TestResponse } from '../../support/http-app.js';
import { addLoggedIn, bootGuardedApp, logIn } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

/** The machine's clock for times; durations pass only when a spec says so. */
class MovableClock extends Clock {
  #monotonicMs = 1_000_000;

  forward(ms: number): void {
    this.#monotonicMs += ms;
  }

  now(): Date {
    return systemClock.now();
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }
}

let database: TestDatabase;
let nodes: TestApp[];

beforeEach(async () => {
  database = await createTestDatabase();
  nodes = [];
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await database.drop();
});

async function boot(secretBox: SecretBox, clock: Clock = systemClock): Promise<TestApp> {
  const node = await bootGuardedApp({ databaseUrl: database.url, secretBox, clock });
  nodes.push(node);
  return node;
}

const aBox = (): SecretBox => new SecretBox(randomBytes(32));

describe('signing keys', () => {
  it('are one for nodes that start at once: each accepts what the others sign', async () => {
    const secretBox = aBox();
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => boot(secretBox)));
    if (first === undefined) throw new Error('no node');
    expect(await first.app.get(Database).query('select kid from auth_signing_keys')).toHaveLength(1);
    const { accessToken } = await addLoggedIn(first, 'somebody', 'auditor');
    for (const other of others) {
      const me = await other.request('GET', '/api/v1/auth/me', { token: accessToken });
      expect(me).toMatchObject({ status: 200, body: { login: 'somebody' } });
    }
  }, 30_000);

  it('outlive a restart, and with them the tokens they signed', async () => {
    const secretBox = aBox();
    const before = await boot(secretBox);
    const { accessToken } = await addLoggedIn(before, 'somebody', 'auditor');
    await before.close();
    nodes = [];
    const after = await boot(secretBox);
    expect(await after.request('GET', '/api/v1/auth/me', { token: accessToken })).toMatchObject({
      status: 200,
    });
  });

  it('stop the start, with the way out, when the data key is another one', async () => {
    await boot(aBox());
    await expect(boot(aBox())).rejects.toMatchObject({
      name: 'DataKeyError',
      message: expect.stringMatching(/PROVOST_SECRETS_(PREVIOUS_)?KEY/),
    });
  });

  it('stop the start when somebody moved a sealed key to another name', async () => {
    const secretBox = aBox();
    const node = await boot(secretBox);
    await node.app.get(Database).query("update auth_signing_keys set kid = 'mine'");
    await expect(boot(secretBox)).rejects.toMatchObject({ name: 'DataKeyError' });
  });

  it('are not readable in the database', async () => {
    const node = await boot(aBox());
    const [row] = await node.app
      .get(Database)
      .query<{ private_key_sealed: Buffer }>('select private_key_sealed from auth_signing_keys');
    expect(row?.private_key_sealed.toString('latin1')).not.toContain('PRIVATE KEY');
  });
});

interface KeyDocument {
  readonly kid: string;
  readonly state: string;
  readonly signsFrom: string;
  readonly retiredAt: string | null;
  readonly acceptedUntil: string | null;
}

const KEYS = '/api/v1/auth/signing-keys';
const OVERLAP_SECONDS = 610;
const DAY_SECONDS = 86_400;

/** Two nodes of one installation, an administrator, and how to work with them. */
async function setup() {
  const secretBox = aBox();
  const clocks = [new MovableClock(), new MovableClock()] as const;
  const node = await boot(secretBox, clocks[0]);
  const otherNode = await boot(secretBox, clocks[1]);
  const admin = await addLoggedIn(node, 'admin', 'administrator');
  const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
    node.app.get(Database).query<Row>(text, values);
  const statusOfMe = async (token: string, at = otherNode): Promise<number> =>
    (await at.request('GET', '/api/v1/auth/me', { token })).status;
  return {
    node,
    otherNode,
    admin,
    sql,
    statusOfMe,
    rotate: (
      body: unknown = {},
    ): Promise<TestResponse<{ items: KeyDocument[]; type: string; detail: string }>> =>
      node.request('POST', `${KEYS}/rotations`, { token: admin.accessToken, body }),
    /** What another node changed counts after so long. */
    reread: (ms = 5_000): void => clocks.forEach((clock) => clock.forward(ms)),
    /** The keys get older by so much. */
    pass: async (seconds: number): Promise<void> => {
      await sql(
        `update auth_signing_keys set
           signs_from = signs_from - make_interval(secs => $1),
           retired_at = retired_at - make_interval(secs => $1),
           accepted_until = accepted_until - make_interval(secs => $1)`,
        [seconds],
      );
      clocks.forEach((clock) => clock.forward(5_000));
    },
    publishedAt: async (at: TestApp): Promise<string[]> => {
      const { body } = await at.request<{ keys: { kid: string }[] }>('GET', '/.well-known/jwks.json');
      return body.keys.map(({ kid }) => kid);
    },
  };
}

const kidOf = (token: string): string => {
  const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
  return (JSON.parse(header) as { kid: string }).kid;
};

describe('a rotation', () => {
  it('logs nobody out: the new key is known before it signs, the old one accepted until its last token expired', async () => {
    const { node, otherNode, admin, rotate, reread, pass, publishedAt, statusOfMe } = await setup();
    const oldKid = kidOf(admin.accessToken);

    const rotated = await rotate();
    expect(rotated).toMatchObject({
      status: 201,
      body: { items: [{ kid: oldKid, state: 'signing' }, { state: 'next' }] },
    });
    const newKid = rotated.body.items[1]?.kid ?? '';
    reread();
    for (const at of [node, otherNode]) {
      expect(await publishedAt(at)).toEqual([oldKid, newKid]);
      expect(kidOf((await logIn(at, 'admin')).accessToken)).toBe(oldKid);
    }

    await pass(OVERLAP_SECONDS);
    for (const at of [node, otherNode]) {
      expect(await publishedAt(at)).toEqual([oldKid, newKid]);
      const { accessToken } = await logIn(at, 'admin');
      expect(kidOf(accessToken)).toBe(newKid);
      for (const reader of [node, otherNode]) expect(await statusOfMe(accessToken, reader)).toBe(200);
    }
    expect(await statusOfMe(admin.accessToken)).toBe(200);

    await pass(OVERLAP_SECONDS);
    for (const at of [node, otherNode]) expect(await publishedAt(at)).toEqual([newKid]);
    expect(await statusOfMe(admin.accessToken)).toBe(401);
  });

  it('gives everybody more than the life of a token to learn of the key', async () => {
    const { rotate } = await setup();
    const [old, next] = (await rotate()).body.items;
    const signsInMs = Date.parse(next?.signsFrom ?? '') - systemClock.now().getTime();
    expect(signsInMs).toBeGreaterThan(600_000);
    expect(old?.retiredAt).toBe(next?.signsFrom);
    expect(Date.parse(old?.acceptedUntil ?? '') - Date.parse(old?.retiredAt ?? '')).toBeGreaterThan(600_000);
  });

  it('is not begun again while one is under way', async () => {
    const { rotate } = await setup();
    const [, next] = (await rotate()).body.items;
    const again = await rotate();
    expect(again).toMatchObject({ status: 409, body: { type: '/problems/auth/rotation-under-way' } });
    expect(again.body.detail).toContain(next?.signsFrom);
  });

  it('comes by itself after 90 days, once, however many nodes see that it is due', async () => {
    const { node, otherNode, sql, pass } = await setup();
    await pass(90 * DAY_SECONDS - 60);
    await logIn(node, 'admin');
    expect(await sql('select kid from auth_signing_keys')).toHaveLength(1);
    await pass(60);
    await Promise.all([node, otherNode, node, otherNode].map((at) => logIn(at, 'admin')));
    expect(await sql('select kid from auth_signing_keys')).toHaveLength(2);
    expect(await sql("select actor, action from audit_records where object_type = 'signing-key'")).toEqual([
      { actor: 'system', action: 'signing-key.rotated' },
    ]);
  });

  it('takes the private key away that nobody needs any more', async () => {
    const { node, rotate, pass, sql, admin } = await setup();
    await rotate();
    await pass(2 * OVERLAP_SECONDS);
    const { accessToken } = await logIn(node, 'admin');
    await node.request('POST', `${KEYS}/rotations`, { token: accessToken, body: {} });
    const kids = (await sql<{ kid: string }>('select kid from auth_signing_keys')).map(({ kid }) => kid);
    expect(kids).toHaveLength(2);
    expect(kids).not.toContain(kidOf(admin.accessToken));
  });

  it('that revokes refuses the old tokens here at once and elsewhere within 5 seconds, and a refresh goes on', async () => {
    const { node, otherNode, admin, rotate, reread, publishedAt, statusOfMe } = await setup();
    expect(await statusOfMe(admin.accessToken)).toBe(200);
    const revoked = await rotate({ revokeOld: true });
    expect(revoked).toMatchObject({ status: 201, body: { items: [{ state: 'signing' }] } });
    expect(await statusOfMe(admin.accessToken, node)).toBe(401);
    reread();
    expect(await statusOfMe(admin.accessToken, otherNode)).toBe(401);
    const refreshed = await node.request('POST', '/api/v1/auth/refresh', {
      body: { refreshToken: admin.refreshToken },
    });
    expect(refreshed.status).toBe(200);
    expect(await statusOfMe(String(refreshed.body['accessToken']))).toBe(200);
    expect(await publishedAt(otherNode)).toEqual(revoked.body.items.map(({ kid }) => kid));
  });

  it('that revokes is seen here at once, though the keys were being read while it committed', async () => {
    const { node, admin, rotate, statusOfMe } = await setup();
    const nodeDatabase = node.app.get(Database);
    const keys = node.app.get(SigningKeys);
    const query = nodeDatabase.query.bind(nodeDatabase);
    const transact = nodeDatabase.transact.bind(nodeDatabase);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isRead = (): void => undefined;
    const read = new Promise<void>((resolve) => (isRead = resolve));
    let reading: Promise<void> | undefined;
    jest.spyOn(nodeDatabase, 'transact').mockImplementationOnce(async (work) => {
      jest.spyOn(nodeDatabase, 'query').mockImplementationOnce(async (statement, values) => {
        const rows = await query(statement, values);
        isRead();
        await held;
        return rows;
      });
      reading = keys.refresh(0);
      await read;
      return transact((transaction) => {
        // Once the rotation, which is committed by then, wants to see its own keys.
        transaction.afterCommit(() => void setImmediate(release));
        return work(transaction);
      });
    });
    expect(await statusOfMe(admin.accessToken, node)).toBe(200);

    const revoked = await rotate({ revokeOld: true });

    await reading;
    expect(revoked.status).toBe(201);
    expect(keys.active.kid).toBe(revoked.body.items[0]?.kid);
    expect(await statusOfMe(admin.accessToken, node)).toBe(401);
  });

  it('is learned of by the first token of the new key, with one question a second at most', async () => {
    const { node, otherNode, rotate, reread, statusOfMe } = await setup();
    await rotate({ revokeOld: true });
    const { accessToken } = await logIn(node, 'admin');
    reread(1_000);
    const asked = jest.spyOn(otherNode.app.get(Database), 'query');
    expect(await statusOfMe(accessToken)).toBe(200);
    const header = Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"nobody"}').toString('base64url');
    const unknown = [header, ...accessToken.split('.').slice(1)].join('.');
    const readings = (): number =>
      asked.mock.calls.filter(
        ([statement]) => typeof statement === 'object' && statement.name === 'auth/read-signing-keys',
      ).length;
    expect(readings()).toBe(1);
    for (const expected of [1, 2]) {
      const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOfMe(unknown)));
      expect(new Set(statuses)).toEqual(new Set([401]));
      expect(readings()).toBe(expected);
      reread(1_000);
    }
  });

  it('needs its permission, and tells who wanted it', async () => {
    const { node, admin, rotate, sql } = await setup();
    const auditor = await addLoggedIn(node, 'auditor', 'auditor');
    expect(await node.request('GET', KEYS, { token: auditor.accessToken })).toMatchObject({ status: 200 });
    expect(
      await node.request('POST', `${KEYS}/rotations`, { token: auditor.accessToken, body: {} }),
    ).toMatchObject({ status: 403 });
    expect(await node.request('GET', KEYS)).toMatchObject({ status: 401 });
    const rotated = await rotate();
    expect(JSON.stringify(rotated.body)).not.toMatch(/private|"d":|BEGIN/i);
    expect(await rotate({ revokeOld: 'yes' })).toMatchObject({ status: 400 });
    expect(
      await sql("select actor, action, object_id from audit_records where object_type = 'signing-key'"),
    ).toEqual([
      { actor: `local:${admin.login}`, action: 'signing-key.rotated', object_id: rotated.body.items[1]?.kid },
    ]);
  });
});

describe('the published keys', () => {
  it('may be kept for less time than a new one waits', async () => {
    const { node } = await setup();
    const { headers } = await node.request('GET', '/.well-known/jwks.json');
    const [, seconds] = /^public, max-age=(\d+)$/.exec(headers.get('cache-control') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(Number(seconds)).toBeLessThan(OVERLAP_SECONDS);
  });

  it('are not joined by one that somebody wrote into the table, and stay when that happens', async () => {
    const { sql, reread, publishedAt, otherNode, statusOfMe, admin } = await setup();
    const before = await publishedAt(otherNode);
    const said: unknown[] = [];
    const error = jest
      .spyOn(Logger.prototype, 'error')
      .mockImplementation((...parts) => void said.push(parts));
    try {
      await sql(
        `insert into auth_signing_keys (kid, private_key_sealed, is_active) values ('mine', 'not sealed', false)`,
      );
      reread();
      expect(await publishedAt(otherNode)).toEqual(before);
      reread();
      expect(await statusOfMe(admin.accessToken)).toBe(200);
    } finally {
      error.mockRestore();
    }
    expect(said).toHaveLength(1);
    expect(JSON.stringify(said)).toContain('mine');
  });

  it('are among the sealed values that a new key of secrets takes over', async () => {
    const secretBox = aBox();
    const node = await boot(secretBox);
    for (const table of ['auth_signing_keys', 'auth_login_limit_keys']) {
      const column = SealedColumns.all().find((each) => each.table === table);
      if (column === undefined) throw new Error(`${table} is not among them`);
      const [row] = await node.app
        .get(Database)
        .query<{ id: string; sealed: Buffer }>(
          `select ${column.key}::text as id, ${column.column} as sealed from ${table}`,
        );
      if (row === undefined) throw new Error(`${table} is empty`);
      expect(secretBox.open(row.sealed, column.place(row.id))).not.toBe('');
    }
  });
});
