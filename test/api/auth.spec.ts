import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { createPublicKey, type JsonWebKey, sign } from 'node:crypto';
import { PasswordHashing } from '../../src/auth/password-hashing.js';
import { SessionStandings } from '../../src/auth/session-standings.js';
import { SigningKeys } from '../../src/auth/signing-keys.js';
import { systemClock } from '../../src/platform/clock/index.js';
import { Database } from '../../src/platform/database/index.js';
import { CurrentPrincipal, Public, RequirePermission, type Actor } from '../../src/platform/http/index.js';
import type { TestApp, TestResponse } from '../support/http-app.js';
import {
  addLoggedIn,
  addOperator,
  bootGuardedApp,
  type LoggedIn,
  logIn,
  PASSWORD,
} from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let entered: string[] = [];

@Controller('probe')
@Public('Its methods that say nothing are open.')
class ProbeController {
  @Get('open')
  open(): { open: boolean } {
    return { open: true };
  }

  @Get('read')
  @RequirePermission('things.read')
  read(@CurrentPrincipal() actor: Actor): { actor: string } {
    entered.push(actor.name);
    return { actor: actor.name };
  }

  @Post('write')
  @RequirePermission('things.write')
  write(@CurrentPrincipal() actor: Actor): void {
    entered.push(actor.name);
  }
}

let database: TestDatabase;
let app: TestApp;
let auditor: LoggedIn;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await bootGuardedApp({
    controllers: [ProbeController],
    databaseUrl: database.url,
    // Its wrong logins are not what this spec is about.
    env: { PROVOST_AUTH_PAIR_REFUSALS_COUNT: '1000', PROVOST_AUTH_ADDRESS_REFUSALS_COUNT: '1000' },
  });
  auditor = await addLoggedIn(app, 'auditor', 'auditor');
}, 30_000);

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

beforeEach(() => {
  entered = [];
});

const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
  app.app.get(Database).query<Row>(text, values);

const login = (name: string, password: unknown): Promise<TestResponse<Record<string, unknown>>> =>
  app.request('POST', '/api/v1/auth/login', { body: { login: name, password } });

describe('logging in', () => {
  it('gives a Bearer pair that opens what the roles allow', async () => {
    const { status, body, headers } = await login('Auditor', PASSWORD);
    expect(status).toBe(200);
    expect(body).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 600,
      refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      refreshExpiresIn: 28_800,
    });
    expect(headers.get('cache-control')).toBe('no-store');
    const read = await app.request('GET', '/probe/read', { token: String(body['accessToken']) });
    expect(read).toMatchObject({ status: 200, body: { actor: 'local:auditor' } });
  });

  it('says who the caller is', async () => {
    const { status, body } = await app.request('GET', '/api/v1/auth/me', { token: auditor.accessToken });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: auditor.id,
      realm: 'local',
      login: 'auditor',
      displayName: 'auditor',
      roles: ['auditor'],
      grants: ['*.read'],
      identityId: null,
      sessionId: expect.any(String),
    });
  });

  it('writes access tokens as RFC 9068 says, without a person in them', async () => {
    const [header, claims] = auditor.accessToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(Object.keys(claims ?? {}).sort()).toEqual(
      ['aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'roles', 'sid', 'sub'].sort(),
    );
    expect(claims).toMatchObject({ iss: 'provost', aud: 'provost-api', sub: auditor.id, roles: ['auditor'] });
    expect(Number(claims?.['exp']) - Number(claims?.['iat'])).toBe(600);
  });

  it('answers an unknown login, a wrong password and a disabled operator alike', async () => {
    await addOperator(app, 'retired', 'operator');
    await sql("update auth_operators set is_disabled = true where login = 'retired'");
    const answers = [
      await login('nobody', PASSWORD),
      await login('auditor', 'wrong horse battery staple'),
      await login('retired', PASSWORD),
    ].map(({ status, headers, body }) => {
      const seen = Object.fromEntries(headers);
      delete seen['x-request-id'];
      delete seen['date'];
      return { status, headers: seen, body: { ...body, instance: '' } };
    });
    expect(answers[0]).toMatchObject({ status: 401, body: { type: '/problems/auth/credentials-refused' } });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('works as long for a login nobody has', async () => {
    const quickest = { auditor: Infinity, nobody: Infinity };
    // In turn, and the quickest of many: what else the machine does then counts for both.
    for (let tries = 0; tries < 12; tries += 1) {
      for (const name of ['auditor', 'nobody'] as const) {
        const before = systemClock.monotonicMs();
        await login(name, 'wrong horse battery staple');
        quickest[name] = Math.min(quickest[name], systemClock.monotonicMs() - before);
      }
    }
    expect(quickest.nobody / quickest.auditor).toBeGreaterThan(0.5);
    expect(quickest.auditor / quickest.nobody).toBeGreaterThan(0.5);
  });

  it.each<[string, string, unknown, string]>([
    ['an empty password', 'auditor', '', '/password'],
    ['a blank password', 'auditor', '   \t\u00a0', '/password'],
    ['a password that is no text', 'auditor', { $ne: '' }, '/password'],
    ['a password of a megabyte', 'auditor', 'x'.repeat(900_000), '/password'],
    ['NUL in the login', 'audi\u0000tor', PASSWORD, '/login'],
    ['half a surrogate pair in the login', 'auditor\ud83d', PASSWORD, '/login'],
    ['an empty login', ' ', PASSWORD, '/login'],
  ])('refuses %s and says where', async (_, name, password, pointer) => {
    const { status, body } = await login(name, password);
    expect(status).toBe(400);
    expect(body['errors']).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it.each([
    ['SQL', "' or 1=1 --"],
    ['a percent sign', '%'],
    ['an LDAP filter', '*)(uid=*'],
    ['a prototype', '__proto__'],
  ])('takes %s as a login nobody has', async (_, name) => {
    expect(await login(name, PASSWORD)).toMatchObject({ status: 401 });
  });

  it('sheds logins beyond what it can hash, and tells when to come back', async () => {
    const narrow = await bootGuardedApp({
      databaseUrl: database.url,
      env: { PROVOST_AUTH_HASHING_PARALLEL_COUNT: '1', PROVOST_AUTH_HASHING_WAITING_COUNT: '1' },
    });
    try {
      // Two who never stop hashing keep the one place and the line full.
      const over = new AbortController();
      const hashing = narrow.app.get(PasswordHashing);
      const busy = [1, 2].map(async () => {
        while (!over.signal.aborted) await hashing.hash(PASSWORD).catch(() => undefined);
      });
      let answer: TestResponse<Record<string, unknown>>;
      do {
        answer = await narrow.request('POST', '/api/v1/auth/login', {
          body: { login: 'auditor', password: PASSWORD },
        });
      } while (answer.status === 200);
      expect(answer).toMatchObject({ status: 503, body: { type: '/problems/auth/too-many-logins' } });
      expect(answer.headers.get('retry-after')).toBe('2');
      over.abort();
      await Promise.all(busy);
      // Nothing of it is held against the login.
      expect(
        await narrow.request('POST', '/api/v1/auth/login', {
          body: { login: 'auditor', password: PASSWORD },
        }),
      ).toMatchObject({ status: 200 });
    } finally {
      await narrow.close();
    }
  });

  it('is recorded, and no secret with it', async () => {
    await login('nobody-typed-hunter2', 'secret-canary-password');
    const { body } = await login('auditor', PASSWORD);
    const records = await sql<{ action: string; actor: string; object_id: string; text: string }>(
      'select action, actor, object_id, audit_records::text as text from audit_records order by id desc limit 2',
    );
    expect(records).toMatchObject([
      { action: 'session.opened', actor: 'local:auditor', object_id: auditor.id },
      { action: 'login.refused', actor: 'anonymous', object_id: 'unknown' },
    ]);
    const everything = JSON.stringify(await sql('select audit_records::text from audit_records'));
    for (const secret of [
      'hunter2',
      'canary',
      PASSWORD,
      body['accessToken'],
      body['refreshToken'],
      'argon2',
    ]) {
      expect(everything).not.toContain(String(secret));
    }
  });
});

describe('the guard', () => {
  it('leaves public routes open, also to a caller with a bad token', async () => {
    expect(await app.request('GET', '/probe/open')).toMatchObject({ status: 200 });
    expect(await app.request('GET', '/probe/open', { token: 'bad' })).toMatchObject({ status: 200 });
  });

  it('names the permission that is missing', async () => {
    const { status, body } = await app.request('POST', '/probe/write', { token: auditor.accessToken });
    expect(status).toBe(403);
    expect(body).toMatchObject({
      type: '/problems/http/forbidden',
      detail: expect.stringContaining('things.write'),
    });
    expect(entered).toEqual([]);
  });

  it('tells a caller without a token how to get one', async () => {
    const { status, headers, body } = await app.request('GET', '/probe/read');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(body.detail).toContain('/api/v1/auth/login');
  });

  it('keeps callers apart that come at the same time', async () => {
    const callers = [
      auditor,
      ...(await Promise.all(['one', 'two', 'three'].map((name) => addLoggedIn(app, name, 'auditor')))),
    ];
    app.app.get(SessionStandings).forgetAll();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => callers[index % callers.length] ?? auditor).map(
        async ({ login: name, accessToken }) => {
          const { body } = await app.request('GET', '/probe/read', { token: accessToken });
          return { name, actor: body.actor };
        },
      ),
    );
    for (const { name, actor } of answers) expect(actor).toBe(`local:${name}`);
  });

  it('publishes the key that checks its tokens, and nothing of the private one', async () => {
    const { status, body } = await app.request<{ keys: [JsonWebKey] }>('GET', '/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body.keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        kid: expect.any(String),
        alg: 'ES256',
        use: 'sig',
      },
    ]);
    const key = createPublicKey({ key: body.keys[0], format: 'jwk' });
    expect(key.equals(createPublicKey(app.app.get(SigningKeys).active.privateKey))).toBe(true);
  });
});

type Json = Record<string, unknown>;

/** As Provost would have signed it, a second after its end. */
function expiredLike(token: string): string {
  const [header = '', body = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Json & { iat: number };
  const expired = { ...claims, iat: claims.iat - 601, exp: claims.iat - 1 };
  const input = `${header}.${Buffer.from(JSON.stringify(expired)).toString('base64url')}`;
  const key = app.app.get(SigningKeys).active.privateKey;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

// All others that must not enter are in forged-tokens.spec.ts.
describe('an expired access token', () => {
  it('is told apart from one that is not valid', async () => {
    const { status, body } = await app.request('GET', '/probe/read', {
      token: expiredLike(auditor.accessToken),
    });
    expect(status).toBe(401);
    expect(body.detail).toContain('has expired. Get a new one with POST /api/v1/auth/refresh');
  });
});

const person = (name: string): Json => ({
  login: name,
  displayName: 'Somebody',
  password: PASSWORD,
  roles: ['operator'],
});

describe('operators over REST', () => {
  let admin: LoggedIn;

  beforeAll(async () => {
    admin = await addLoggedIn(app, 'admin', 'administrator');
  });

  const create = (body: Json, token = admin.accessToken): Promise<TestResponse<Json>> =>
    app.request('POST', '/api/v1/operators', { token, body });

  it('are created, shown and changed, with a version', async () => {
    const created = await create(person('Shift.One'));
    expect(created).toMatchObject({
      status: 201,
      body: { login: 'shift.one', displayName: 'Somebody', roles: ['operator'], isDisabled: false },
    });
    const path = created.headers.get('location') ?? '';
    const shown = await app.request('GET', path, { token: auditor.accessToken });
    expect(shown).toMatchObject({ status: 200, body: created.body });
    const etag = shown.headers.get('etag') ?? '';
    const change = (headers: Record<string, string>): Promise<TestResponse<Json>> =>
      app.request('PATCH', path, {
        token: admin.accessToken,
        headers,
        body: { displayName: 'Somebody else' },
      });
    expect(await change({ 'if-match': etag })).toMatchObject({
      status: 200,
      body: { displayName: 'Somebody else', roles: ['operator'] },
    });
    expect(await change({ 'if-match': etag })).toMatchObject({ status: 412 });
  });

  it('never show a password or its hash', async () => {
    const created = await create(person('shown'));
    const list = await app.request('GET', '/api/v1/operators', { token: admin.accessToken });
    for (const { body } of [created, list]) expect(JSON.stringify(body)).not.toMatch(/argon2|password/i);
  });

  it('are listed by login, page after page, without gaps or repeats', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const query: string = after === null ? '' : `&after=${after}`;
      const { status, body } = await app.request<{ items: { login: string }[]; next: string | null }>(
        'GET',
        `/api/v1/operators?limit=2${query}`,
        { token: auditor.accessToken },
      );
      expect(status).toBe(200);
      seen.push(...body.items.map((item) => item.login));
      after = body.next;
    } while (after !== null);
    const all = await sql<{ login: string }>('select login from auth_operators order by login');
    expect(seen).toEqual(all.map((row) => row.login));
  });

  it('are refused with every fault at its place', async () => {
    const { status, body } = await create({
      login: 'no spaces',
      displayName: 'a\u0000b',
      password: 'short',
      roles: ['root'],
      isAdmin: true,
    });
    expect(status).toBe(400);
    const pointers = (body['errors'] as { pointer: string }[]).map((fault) => fault.pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/login', '/displayName', '/password', '/roles/0']));
  });

  it.each([
    ['the login taken in another case', { ...person('admin'), login: 'ADMIN' }, 409],
    ['no role', { ...person('x1'), roles: [] }, 400],
    ['a role twice', { ...person('x2'), roles: ['auditor', 'auditor'] }, 400],
    ['a login with look-alike letters', person('аdmin'), 400],
  ])('are refused: %s', async (_, body, status) => {
    expect(await create(body)).toMatchObject({ status });
  });

  it('are kept by administrators only', async () => {
    const worker = await addLoggedIn(app, 'worker', 'operator');
    expect(await create(person('y'), worker.accessToken)).toMatchObject({ status: 403 });
    const escalate = await app.request('PATCH', `/api/v1/operators/${worker.id}`, {
      token: worker.accessToken,
      body: { roles: ['administrator'] },
    });
    expect(escalate.status).toBe(403);
  });

  it.each([
    ['an id that is none', 'x', 400],
    ['an id nobody has', '00000000-0000-4000-8000-000000000000', 404],
  ])('answer %s', async (_, id, status) => {
    expect(await app.request('GET', `/api/v1/operators/${id}`, { token: admin.accessToken })).toMatchObject({
      status,
    });
  });

  it('lose their sessions here at once when they are disabled, and may not log in', async () => {
    const leaver = await addLoggedIn(app, 'leaver', 'operator');
    const disabled = await app.request('PATCH', `/api/v1/operators/${leaver.id}`, {
      token: admin.accessToken,
      body: { isDisabled: true },
    });
    expect(disabled).toMatchObject({ status: 200, body: { isDisabled: true } });
    const me = await app.request('GET', '/api/v1/auth/me', { token: leaver.accessToken });
    expect(me).toMatchObject({ status: 401, body: { detail: expect.stringContaining('session') } });
    const refresh = await app.request('POST', '/api/v1/auth/refresh', {
      body: { refreshToken: leaver.refreshToken },
    });
    expect(refresh.status).toBe(401);
    expect(await login('leaver', PASSWORD)).toMatchObject({ status: 401 });
  });

  it('lose their sessions with a new password, and log in with that one', async () => {
    const changed = await addLoggedIn(app, 'changed', 'operator');
    const password = 'another horse battery staple';
    await app.request('PATCH', `/api/v1/operators/${changed.id}`, {
      token: admin.accessToken,
      body: { password },
    });
    expect(await app.request('GET', '/api/v1/auth/me', { token: changed.accessToken })).toMatchObject({
      status: 401,
    });
    expect(await login('changed', PASSWORD)).toMatchObject({ status: 401 });
    expect(await logIn(app, 'changed', password)).toMatchObject({ id: changed.id });
    const [record] = await sql<{ after: Json }>(
      "select after from audit_records where action = 'operator.changed' and object_id = $1",
      [changed.id],
    );
    expect(record?.after).toMatchObject({ isPasswordChanged: true, login: 'changed' });
  });

  it('have new roles in the next request', async () => {
    const promoted = await addLoggedIn(app, 'promoted', 'auditor');
    await app.request('PATCH', `/api/v1/operators/${promoted.id}`, {
      token: admin.accessToken,
      body: { roles: ['administrator'] },
    });
    expect(await app.request('POST', '/probe/write', { token: promoted.accessToken })).toMatchObject({
      status: 201,
    });
    await app.request('PATCH', `/api/v1/operators/${promoted.id}`, {
      token: admin.accessToken,
      body: { roles: ['auditor'] },
    });
    expect(await app.request('POST', '/probe/write', { token: promoted.accessToken })).toMatchObject({
      status: 403,
    });
  });

  it('leave no trace of a change that changes nothing', async () => {
    const { body, headers } = await create({ ...person('unchanged'), roles: ['operator', 'auditor'] });
    const path = `/api/v1/operators/${String(body['id'])}`;
    const records = (): Promise<unknown[]> =>
      sql("select id from audit_records where object_id = $1 and action = 'operator.changed'", [body['id']]);
    const same = await app.request('PATCH', path, {
      token: admin.accessToken,
      body: { displayName: body['displayName'], roles: ['auditor', 'operator'], isDisabled: false },
    });
    expect(same).toMatchObject({ status: 200, body });
    expect(same.headers.get('etag')).toBe(headers.get('etag'));
    expect(await records()).toEqual([]);
    const other = await app.request('PATCH', path, { token: admin.accessToken, body: { displayName: 'X' } });
    expect(other.headers.get('etag')).not.toBe(headers.get('etag'));
    expect(await records()).toHaveLength(1);
  });

  it.each([
    ['a common password', 'qwertyuiop123', '/password'],
    ['the login over and over', 'shiftshiftshift', '/password'],
  ])('are refused with %s, when made and when changed', async (_, password, pointer) => {
    const made = await create({ ...person('shift'), password });
    const changed = await app.request('PATCH', `/api/v1/operators/${auditor.id}`, {
      token: admin.accessToken,
      body: { password: password.replaceAll('shift', 'auditor') },
    });
    for (const { status, body } of [made, changed]) {
      expect({ status, errors: body['errors'] }).toEqual({
        status: 400,
        errors: [{ pointer, detail: expect.stringContaining('many people') }],
      });
    }
  });

  it('are deleted, and their sessions with them', async () => {
    const gone = await addLoggedIn(app, 'gone', 'operator');
    const path = `/api/v1/operators/${gone.id}`;
    expect(
      await app.request('DELETE', path, { token: admin.accessToken, headers: { 'if-match': '"99"' } }),
    ).toMatchObject({ status: 412 });
    expect(await app.request('DELETE', path, { token: admin.accessToken })).toMatchObject({ status: 204 });
    expect(await app.request('GET', '/api/v1/auth/me', { token: gone.accessToken })).toMatchObject({
      status: 401,
    });
    expect(
      await app.request('POST', '/api/v1/auth/refresh', { body: { refreshToken: gone.refreshToken } }),
    ).toMatchObject({ status: 401 });
    expect(await login('gone', PASSWORD)).toMatchObject({ status: 401 });
    expect(await app.request('DELETE', path, { token: admin.accessToken })).toMatchObject({ status: 404 });
    const [record] = await sql<{ actor: string; before: Json }>(
      "select actor, before from audit_records where action = 'operator.deleted' and object_id = $1",
      [gone.id],
    );
    expect(record).toMatchObject({ actor: 'local:admin', before: { login: 'gone' } });
  });

  it('do not delete themselves', async () => {
    const second = await addLoggedIn(app, 'second', 'administrator');
    const path = `/api/v1/operators/${second.id}`;
    expect(await app.request('DELETE', path, { token: second.accessToken })).toMatchObject({
      status: 409,
      body: { type: '/problems/auth/own-account-stays' },
    });
    expect(await app.request('DELETE', path, { token: admin.accessToken })).toMatchObject({ status: 204 });
  });

  it('are logged out everywhere by an administrator', async () => {
    const away = await addLoggedIn(app, 'away', 'operator');
    const path = `/api/v1/operators/${away.id}/sessions`;
    expect(await app.request('DELETE', path, { token: away.accessToken })).toMatchObject({ status: 403 });
    expect(await app.request('DELETE', path, { token: admin.accessToken })).toMatchObject({ status: 204 });
    expect(await app.request('GET', '/api/v1/auth/me', { token: away.accessToken })).toMatchObject({
      status: 401,
    });
    expect(await login('away', PASSWORD)).toMatchObject({ status: 200 });
  });

  it('keep every field that a caller may not set, whatever is posted back', async () => {
    const { body, headers } = await create(person('protected'));
    const path = headers.get('location') ?? '';
    const flipped: Json = {
      id: '00000000-0000-4000-8000-000000000000',
      realm: 'dsa',
      login: 'another',
      identityId: '00000000-0000-4000-8000-000000000000',
      createdAt: '2001-01-01T00:00:00.000Z',
      version: 99,
      passwordHash: '$argon2id$x',
      permissions: ['operators.write'],
    };
    // Whatever the document grows by must be thought of here.
    const settable = ['displayName', 'roles', 'isDisabled'];
    expect(Object.keys({ ...flipped, ...body }).sort()).toEqual(
      [...Object.keys(flipped), ...settable].sort(),
    );
    for (const [field, value] of Object.entries(flipped)) {
      const answer = await app.request('PATCH', path, {
        token: admin.accessToken,
        body: { displayName: `with ${field}`, [field]: value },
      });
      expect({ field, status: answer.status }).toEqual({ field, status: 400 });
      const made = await create({ ...person(`protected-${field.toLowerCase()}`), [field]: value });
      if (field !== 'login') expect({ field, status: made.status }).toEqual({ field, status: 400 });
    }
    expect(await app.request('GET', path, { token: admin.accessToken })).toMatchObject({ status: 200, body });
  });

  it.each([
    ['disabled', { isDisabled: true }],
    ['demoted', { roles: ['auditor'] }],
  ])('keep their last administrator: not %s', async (_, body) => {
    // Those that the directory vouches for do not count: it may be away.
    await sql(
      `insert into auth_operators (realm, login, display_name, roles)
       values ('dsa', 'robot', 'Robot', '{administrator}') on conflict do nothing`,
    );
    const refused = await app.request('PATCH', `/api/v1/operators/${admin.id}`, {
      token: admin.accessToken,
      body,
    });
    expect(refused).toMatchObject({ status: 409, body: { type: '/problems/auth/last-administrator' } });
  });
});

describe('a database that is gone', () => {
  it('lets nobody in', async () => {
    const lost = await createTestDatabase();
    const lonely = await bootGuardedApp({ controllers: [ProbeController], databaseUrl: lost.url });
    try {
      const { accessToken } = await addLoggedIn(lonely, 'somebody', 'auditor');
      lonely.app.get(SessionStandings).forgetAll();
      await lost.drop();
      const { status } = await lonely.request('GET', '/probe/read', { token: accessToken });
      expect(status).toBeGreaterThanOrEqual(500);
      expect(entered).toEqual([]);
    } finally {
      await lonely.close();
    }
  });
});
