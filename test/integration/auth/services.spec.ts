import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { Clock, systemClock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { CurrentPrincipal, RequirePermission, type Actor } from '../../../src/platform/http/index.js';
import type { TestApp, TestResponse } from '../../support/http-app.js';
import { addLoggedIn, bootGuardedApp, type LoggedIn, logIn } from '../../support/operators.js';
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

@Controller('things')
class ThingsController {
  @Get()
  @RequirePermission('things.read')
  read(@CurrentPrincipal() actor: Actor): { actor: string } {
    return { actor: actor.name };
  }

  @Post()
  @RequirePermission('things.write')
  write(): void {}
}

type Json = Record<string, unknown>;

let database: TestDatabase;
let node: TestApp;
let otherNode: TestApp;
let admin: LoggedIn;
const otherClock = new MovableClock();

beforeAll(async () => {
  database = await createTestDatabase();
  [node, otherNode] = await Promise.all([
    bootGuardedApp({ databaseUrl: database.url, controllers: [ThingsController] }),
    bootGuardedApp({ databaseUrl: database.url, controllers: [ThingsController], clock: otherClock }),
  ]);
  admin = await addLoggedIn(node, 'admin', 'administrator');
}, 30_000);

afterAll(async () => {
  await Promise.all([node?.close(), otherNode?.close()]);
  await database?.drop();
});

const sql = <Row = Json>(text: string, values: unknown[] = []): Promise<Row[]> =>
  node.app.get(Database).query<Row>(text, values);
const asAdmin = (method: string, path: string, body?: unknown): Promise<TestResponse<Json>> =>
  node.request(method, path, { token: admin.accessToken, ...(body === undefined ? {} : { body }) });
const tokenFor = (key: string, at = node): Promise<TestResponse<Json>> =>
  at.request('POST', '/api/v1/auth/service-token', { body: { key } });
const read = (token: unknown, at = node): Promise<TestResponse<Json>> =>
  at.request('GET', '/things', { token: String(token) });

let names = 0;

interface NewService {
  readonly login: string;
  readonly path: string;
  readonly keyId: string;
  readonly key: string;
  readonly token: string;
}

/** A service with one key and a token of it. */
async function newService(permissions = ['things.read']): Promise<NewService> {
  names += 1;
  const login = `service-${names}`;
  const created = await asAdmin('POST', '/api/v1/services', { login, displayName: login, permissions });
  expect(created.status).toBe(201);
  const path = created.headers.get('location') ?? '';
  const made = await asAdmin('POST', `${path}/keys`, { name: 'spec' });
  expect(made.status).toBe(201);
  const key = String(made.body['key']);
  const given = await tokenFor(key);
  expect(given.status).toBe(200);
  return { login, path, keyId: String(made.body['id']), key, token: String(given.body['accessToken']) };
}

describe('a service', () => {
  it('may do what it was given, and nothing else', async () => {
    const { login, token } = await newService();
    expect(await read(token)).toMatchObject({ status: 200, body: { actor: `service:${login}` } });
    const refused = await node.request('POST', '/things', { token });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('things.write') } });
    const me = await node.request('GET', '/api/v1/auth/me', { token });
    expect(me.body).toMatchObject({
      realm: 'service',
      login,
      roles: [],
      grants: ['things.read'],
      identityId: null,
    });
  });

  it('gets no refresh token', async () => {
    const { key } = await newService();
    const { body, headers } = await tokenFor(key);
    expect(body).toEqual({ accessToken: expect.any(String), tokenType: 'Bearer', expiresIn: 600 });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('has other permissions in the next request, on other nodes within 5 seconds', async () => {
    const { path, token } = await newService();
    expect(await read(token, otherNode)).toMatchObject({ status: 200 });
    expect(await asAdmin('PATCH', path, { permissions: ['things.write'] })).toMatchObject({ status: 200 });
    expect(await read(token)).toMatchObject({ status: 403 });
    otherClock.forward(5_000);
    expect(await read(token, otherNode)).toMatchObject({ status: 403 });
    expect(await node.request('POST', '/things', { token })).toMatchObject({ status: 201 });
  });

  it.each<[string, (service: NewService) => Promise<TestResponse<Json>>]>([
    ['its key is revoked', ({ path, keyId }) => asAdmin('DELETE', `${path}/keys/${keyId}`)],
    ['it is disabled', ({ path }) => asAdmin('PATCH', path, { isDisabled: true })],
    ['it is deleted', ({ path }) => asAdmin('DELETE', path)],
  ])('is out when %s: here at once, on other nodes within 5 seconds', async (_, end) => {
    const service = await newService();
    expect(await read(service.token, otherNode)).toMatchObject({ status: 200 });
    expect((await end(service)).status).toBeLessThan(300);
    expect(await read(service.token)).toMatchObject({ status: 401 });
    otherClock.forward(5_000);
    expect(await read(service.token, otherNode)).toMatchObject({ status: 401 });
    for (const at of [node, otherNode]) {
      expect(await tokenFor(service.key, at)).toMatchObject({
        status: 401,
        body: { type: '/problems/auth/service-key-refused' },
      });
    }
  });

  it('is out when its key expires', async () => {
    const { key, keyId, token } = await newService();
    await sql(
      "update auth_service_keys set created_at = now() - interval '2 days', expires_at = now() where id = $1",
      [keyId],
    );
    await sql('update auth_sessions set expires_at = now() where service_key_id = $1', [keyId]);
    expect(await tokenFor(key)).toMatchObject({ status: 401 });
    expect(await read(token, otherNode)).toMatchObject({ status: 401 });
  });

  it('gets tokens that do not outlive its key', async () => {
    const { key, keyId } = await newService();
    await sql("update auth_service_keys set expires_at = now() + interval '1 minute' where id = $1", [keyId]);
    const { body } = await tokenFor(key);
    expect(Number(body['expiresIn'])).toBeLessThanOrEqual(60);
  });

  it('keeps its old tokens dead when it is enabled again', async () => {
    const { path, key, token } = await newService();
    await asAdmin('PATCH', path, { isDisabled: true });
    await asAdmin('PATCH', path, { isDisabled: false });
    expect(await read(token)).toMatchObject({ status: 401 });
    const again = await tokenFor(key);
    expect(await read(again.body['accessToken'])).toMatchObject({ status: 200 });
  });

  it('has one session for each key, however many tokens it asks for at once', async () => {
    const { key, keyId } = await newService();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => tokenFor(key, index % 2 ? node : otherNode)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await sql('select id from auth_sessions where service_key_id = $1', [keyId])).toHaveLength(1);
  });

  it('leaves no sessions behind that are over, however often its token is ended', async () => {
    const { path, key, keyId, token } = await newService();
    const second = await asAdmin('POST', `${path}/keys`, { name: 'second' });
    await tokenFor(String(second.body['key']));
    await asAdmin('DELETE', `${path}/keys/${String(second.body['id'])}`);
    for (let round = 0; round < 3; round += 1) {
      await asAdmin('PATCH', path, { isDisabled: true });
      await asAdmin('PATCH', path, { isDisabled: false });
      expect(await tokenFor(key)).toMatchObject({ status: 200 });
    }
    const left = await sql('select service_key_id, ended_at from auth_sessions where operator_id = $1', [
      path.split('/').at(-1),
    ]);
    expect(left).toEqual([{ service_key_id: keyId, ended_at: null }]);
    expect(await read(token)).toMatchObject({ status: 401 });
  });

  it('ends the tokens of one key, not those of another', async () => {
    const { path, keyId, token } = await newService();
    const second = await asAdmin('POST', `${path}/keys`, { name: 'second' });
    const other = await tokenFor(String(second.body['key']));
    await asAdmin('DELETE', `${path}/keys/${keyId}`);
    expect(await read(token)).toMatchObject({ status: 401 });
    expect(await read(other.body['accessToken'])).toMatchObject({ status: 200 });
  });
});

describe('keys', () => {
  it('are 256 random bits behind a prefix, and only their hash is kept', async () => {
    const { key, path } = await newService();
    expect(key).toMatch(/^provost_key_[A-Za-z0-9_-]{43}$/);
    const stored = await sql<{ key_hash: Buffer }>('select key_hash from auth_service_keys');
    expect(stored.some(({ key_hash: hash }) => hash.equals(createHash('sha256').update(key).digest()))).toBe(
      true,
    );
    const everything = JSON.stringify([
      await sql('select auth_service_keys::text from auth_service_keys'),
      await sql('select audit_records::text from audit_records'),
      (await asAdmin('GET', `${path}/keys`)).body,
    ]);
    expect(everything).not.toContain(key);
    expect(everything).not.toContain(key.slice('provost_key_'.length));
  });

  it('say when they were used last and from where, and when they were revoked', async () => {
    const { path, keyId } = await newService();
    await asAdmin('DELETE', `${path}/keys/${keyId}`);
    const { body } = await asAdmin('GET', `${path}/keys`);
    expect(body['items']).toEqual([
      {
        id: keyId,
        name: 'spec',
        createdAt: expect.any(String),
        expiresAt: expect.any(String),
        revokedAt: expect.any(String),
        lastUsedAt: expect.any(String),
        lastUsedAddress: '127.0.0.1',
      },
    ]);
    expect(await asAdmin('DELETE', `${path}/keys/${keyId}`)).toMatchObject({ status: 404 });
  });

  it('come in pages, each once', async () => {
    const { path } = await newService();
    for (let more = 0; more < 4; more += 1) await asAdmin('POST', `${path}/keys`, { name: `key ${more}` });
    const seen: unknown[] = [];
    let after = '';
    do {
      const { body } = await asAdmin('GET', `${path}/keys?limit=2${after}`);
      seen.push(...(body['items'] as Json[]).map(({ name }) => name));
      after = body['next'] === null ? '' : `&after=${body['next'] as string}`;
    } while (after !== '');
    expect(seen).toEqual(['spec', 'key 0', 'key 1', 'key 2', 'key 3']);
  });

  it('of another service are not found', async () => {
    const [one, other] = [await newService(), await newService()];
    expect(await asAdmin('DELETE', `${one.path}/keys/${other.keyId}`)).toMatchObject({ status: 404 });
    expect(await read(other.token)).toMatchObject({ status: 200 });
  });

  it.each([
    ['more than 366 days', { expiresInDays: 367 }],
    ['no day', { expiresInDays: 0 }],
    ['a moment of their own', { expiresAt: '2199-01-01T00:00:00.000Z' }],
  ])('do not live for %s', async (_, body) => {
    const { path } = await newService();
    expect(await asAdmin('POST', `${path}/keys`, { name: 'long', ...body })).toMatchObject({ status: 400 });
  });

  it.each([
    ['an access token', ({ token }: NewService) => token],
    ['a key in another case', ({ key }: NewService) => key.toUpperCase()],
    ['a key with something behind it', ({ key }: NewService) => `${key} `],
    ['a key without its prefix', ({ key }: NewService) => key.replace('provost_key_', '')],
    ['SQL', () => "' or true --"],
  ])('are nothing else: %s is refused', async (_, forge) => {
    const forged = forge(await newService()).slice(0, 256);
    expect(await tokenFor(forged)).toMatchObject({ status: 401 });
  });

  it('that are wrong make their address wait', async () => {
    try {
      let answer: TestResponse<Json>;
      let tries = 0;
      do {
        tries += 1;
        answer = await tokenFor(`wrong-${tries}`);
      } while (answer.status === 401);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await sql('delete from auth_login_limits');
    }
  });
});

describe('the audit record', () => {
  it('has the making, the use and the end of a key, and a key that was refused', async () => {
    const { path, keyId, key, login } = await newService();
    await asAdmin('DELETE', `${path}/keys/${keyId}`);
    await tokenFor(key);
    const id = path.split('/').at(-1);
    const records = await sql('select actor, action from audit_records where object_id = $1 order by id', [
      id,
    ]);
    expect(records).toEqual([
      { actor: 'local:admin', action: 'service.created' },
      { actor: 'local:admin', action: 'service-key.created' },
      { actor: `service:${login}`, action: 'service-key.used' },
      { actor: 'local:admin', action: 'service-key.revoked' },
      { actor: 'anonymous', action: 'login.refused' },
    ]);
  });
});

describe('keeping services', () => {
  it('refuses a permission that no route asks for, and says where', async () => {
    const body = { login: 'typo', displayName: 'Typo', permissions: ['things.read', 'thinks.write'] };
    expect(await asAdmin('POST', '/api/v1/services', body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/permissions/1' }] },
    });
  });

  it.each(['*', '*.read', 'things.*', 'things', 'things.read.write', 'Things.read', ''])(
    'takes no wildcard and nothing else for a permission: %j',
    async (permission) => {
      const body = { login: 'wild', displayName: 'Wild', permissions: [permission] };
      expect(await asAdmin('POST', '/api/v1/services', body)).toMatchObject({ status: 400 });
    },
  );

  it('leaves no trace of a change that changes nothing', async () => {
    const { path } = await newService(['things.read', 'things.write']);
    const before = await asAdmin('GET', path);
    const records = (): Promise<unknown[]> =>
      sql("select id from audit_records where action = 'service.changed'");
    const known = (await records()).length;
    const same = await asAdmin('PATCH', path, {
      displayName: before.body['displayName'],
      permissions: ['things.write', 'things.read'],
      isDisabled: false,
    });
    expect(same).toMatchObject({ status: 200, body: before.body });
    expect(same.headers.get('etag')).toBe(before.headers.get('etag'));
    expect(await records()).toHaveLength(known);
  });

  it('refuses a change of a version that is no longer', async () => {
    const { path } = await newService();
    const request = { token: admin.accessToken, headers: { 'if-match': '"99"' } };
    expect(await node.request('PATCH', path, { ...request, body: { isDisabled: true } })).toMatchObject({
      status: 412,
    });
    expect(await node.request('DELETE', path, request)).toMatchObject({ status: 412 });
  });

  it('keeps every field that a caller may not set, whatever is posted back', async () => {
    const { path } = await newService();
    const { body } = await asAdmin('GET', path);
    const flipped: Json = {
      id: '00000000-0000-4000-8000-000000000000',
      login: 'another',
      createdAt: '2001-01-01T00:00:00.000Z',
      realm: 'local',
      roles: ['administrator'],
      version: 99,
    };
    const settable = ['displayName', 'permissions', 'isDisabled'];
    expect(Object.keys({ ...flipped, ...body }).sort()).toEqual(
      [...Object.keys(flipped), ...settable].sort(),
    );
    for (const [field, value] of Object.entries(flipped)) {
      const answer = await asAdmin('PATCH', path, { displayName: `with ${field}`, [field]: value });
      expect({ field, status: answer.status }).toEqual({ field, status: 400 });
    }
    expect(await asAdmin('GET', path)).toMatchObject({ body });
  });

  it('is apart from operators: neither is found as the other', async () => {
    const { path } = await newService();
    const id = path.split('/').at(-1);
    expect(await asAdmin('GET', `/api/v1/operators/${id}`)).toMatchObject({ status: 404 });
    expect(await asAdmin('PATCH', `/api/v1/operators/${id}`, { isDisabled: true })).toMatchObject({
      status: 404,
    });
    expect(await asAdmin('DELETE', `/api/v1/operators/${id}`)).toMatchObject({ status: 404 });
    expect(await asAdmin('GET', `/api/v1/services/${admin.id}`)).toMatchObject({ status: 404 });
    expect(await asAdmin('DELETE', `/api/v1/services/${admin.id}`)).toMatchObject({ status: 404 });
    const { body } = await asAdmin('GET', '/api/v1/operators');
    expect(JSON.stringify(body)).not.toContain(String(id));
  });
});

describe('who keeps operators and services', () => {
  it('gives nobody more than they have themselves, nor takes it over', async () => {
    const keeper = await newService(['operators.write', 'services.write', 'things.read']);
    const stronger = await newService(['things.read', 'things.write']);
    const weaker = await newService(['things.read']);
    const auditor = await addLoggedIn(node, 'auditor', 'auditor');
    const asKeeper = async (method: string, path: string, body?: unknown): Promise<number> =>
      (await node.request(method, path, { token: keeper.token, ...(body === undefined ? {} : { body }) }))
        .status;
    const person = { login: 'x', displayName: 'X', password: 'correct horse battery staple' };
    const robot = { login: 'y', displayName: 'Y' };
    const operator = (id: string): string => `/api/v1/operators/${id}`;
    const refused: [string, string, unknown?][] = [
      ['POST', '/api/v1/operators', { ...person, roles: ['administrator'] }],
      ['POST', '/api/v1/operators', { ...person, roles: ['auditor'] }],
      ['PATCH', operator(admin.id), { password: 'another horse battery staple' }],
      ['PATCH', operator(admin.id), { displayName: 'Nobody' }],
      ['PATCH', operator(auditor.id), { roles: ['approver'] }],
      ['DELETE', operator(auditor.id)],
      ['DELETE', `${operator(admin.id)}/sessions`],
      ['POST', '/api/v1/services', { ...robot, permissions: ['things.write'] }],
      ['PATCH', keeper.path, { permissions: ['things.write'] }],
      ['PATCH', stronger.path, { isDisabled: true }],
      ['POST', `${stronger.path}/keys`, { name: 'mine' }],
      ['DELETE', `${stronger.path}/keys/${stronger.keyId}`],
      ['DELETE', stronger.path],
    ];
    for (const [method, path, body] of refused) {
      expect({ method, path, body, status: await asKeeper(method, path, body) }).toEqual({
        method,
        path,
        body,
        status: 403,
      });
    }
    expect(await asKeeper('POST', `${weaker.path}/keys`, { name: 'given' })).toBe(201);
    expect(await asKeeper('POST', '/api/v1/services', { ...robot, permissions: ['things.read'] })).toBe(201);
    expect(await asKeeper('POST', '/api/v1/operators', { ...person, roles: ['approver'] })).toBe(201);
    expect(await logIn(node, 'auditor')).toMatchObject({ id: auditor.id });
    expect(await read(stronger.token)).toMatchObject({ status: 200 });
  });

  it.each<[string, (path: string) => [string, string, Json | undefined]]>([
    [
      'make an administrator',
      () => [
        'POST',
        '/api/v1/operators',
        {
          login: 'sleeper',
          displayName: 'S',
          password: 'correct horse battery staple',
          roles: ['administrator'],
        },
      ],
    ],
    ['give back roles', () => ['PATCH', `/api/v1/operators/${admin.id}`, { displayName: 'Nobody' }]],
    ['delete an administrator', () => ['DELETE', `/api/v1/operators/${admin.id}`, undefined]],
    ['end sessions', () => ['DELETE', `/api/v1/operators/${admin.id}/sessions`, undefined]],
    [
      'make a service',
      () => [
        'POST',
        '/api/v1/services',
        { login: 'sleeping', displayName: 'S', permissions: ['things.read'] },
      ],
    ],
    ['change a service', (path) => ['PATCH', path, { permissions: ['things.read', 'things.write'] }]],
    ['make a key', (path) => ['POST', `${path}/keys`, { name: 'mine' }]],
    ['delete a service', (path) => ['DELETE', path, undefined]],
  ])('cannot %s on a node that has not heard of the demotion yet', async (_, ask) => {
    names += 1;
    const demoted = await addLoggedIn(node, `demoted-${names}`, 'administrator');
    const { path } = await newService();
    const me = await otherNode.request('GET', '/api/v1/auth/me', { token: demoted.accessToken });
    expect(me.body).toMatchObject({ grants: ['*'] });
    await asAdmin('PATCH', `/api/v1/operators/${demoted.id}`, { roles: ['auditor'] });
    // The clock of that node stands still: it goes by what it knew.
    const stale = await otherNode.request('GET', '/api/v1/auth/me', { token: demoted.accessToken });
    expect(stale.body).toMatchObject({ grants: ['*'] });
    const [method, target, body] = ask(path);
    const answer = await otherNode.request(method, target, {
      token: demoted.accessToken,
      ...(body === undefined ? {} : { body }),
    });
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/http/forbidden' } });
    expect(await read(admin.accessToken)).toMatchObject({ status: 200 });
  });

  it('who change each other at once all get an answer', async () => {
    const pair = [
      await addLoggedIn(node, `mutual-a-${names}`, 'administrator'),
      await addLoggedIn(node, `mutual-b-${names}`, 'administrator'),
    ] as const;
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(
        pair.flatMap((author, index) => {
          const other = pair[1 - index]?.id;
          const path = `/api/v1/operators/${other}`;
          const at = index === 0 ? node : otherNode;
          return [
            at.request('PATCH', path, {
              token: author.accessToken,
              body: { displayName: `Round ${round}` },
            }),
            at.request('POST', '/api/v1/services', {
              token: author.accessToken,
              body: { login: `mutual-${round}-${index}`, displayName: 'M', permissions: ['things.read'] },
            }),
          ];
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 201, 200, 201]);
    }
  });
});
