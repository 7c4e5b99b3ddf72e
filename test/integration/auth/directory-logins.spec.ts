import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it as always } from '@jest/globals';
import { hash as argon2 } from '@node-rs/argon2';
import { Clock, systemClock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { foldedText } from '../../../src/registry/domain/folded-text.js';
import { IdentityLoginModule, registryEntities } from '../../../src/registry/index.js';
import type { TestApp, TestResponse } from '../../support/http-app.js';
import { addLoggedIn, bootGuardedApp, type LoggedIn } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { skipped } from '../../support/skipped.js';
import { issueCertificate, noSlapd, SLAPD_BASE, SLAPD_PASSWORD, Slapd } from '../../support/slapd.js';
import { DSA_BASE, directoryEnv, LoginDirectory } from './directory.fixture.js';

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
}

type Json = Record<string, unknown>;

const it = noSlapd === undefined ? always : skipped(noSlapd);
const PASSWORD = 'Grüße aus dem Verzeichnis 7';
const WRONG = 'Grüße aus dem Verzeichnis 8';
const POLICY = 'cn=policy,dc=example,dc=org';

let directory: LoginDirectory;
let database: TestDatabase;
let app: TestApp;
let admin: LoggedIn;
const clock = new MovableClock();

beforeAll(async () => {
  if (noSlapd !== undefined) return;
  database = await createTestDatabase();
  directory = await LoginDirectory.start({
    global: ['ppolicy', 'argon2', 'pw-sha2'].map((module) => `moduleload ${module}`).join('\n'),
    database: `limits dn.exact="cn=provost,dc=example,dc=org" size=unlimited\noverlay ppolicy\nppolicy_default "${POLICY}"`,
  });
  await directory.add(POLICY, {
    objectClass: ['device', 'pwdPolicy'],
    cn: 'policy',
    pwdAttribute: 'userPassword',
    pwdLockout: 'TRUE',
    pwdMaxFailure: '1000',
  });
  app = await boot(directory.url);
  admin = await addLoggedIn(app, 'admin', 'administrator');
}, 60_000);

afterAll(async () => {
  await app?.close();
  await directory?.remove();
  await database?.drop();
});

function boot(url: string, env: Record<string, string> = {}): Promise<TestApp> {
  return bootGuardedApp({
    imports: [IdentityLoginModule],
    entities: registryEntities,
    databaseUrl: database.url,
    env: { ...directoryEnv(url), ...env },
    clock,
  });
}

const sql = <Row = Json>(text: string, values: unknown[] = []): Promise<Row[]> =>
  app.app.get(Database).query<Row>(text, values);

type Realm = 'dsa' | 'identity';

const tryToLogIn = (
  realm: Realm,
  login: string,
  password = PASSWORD,
  at = app,
): Promise<TestResponse<Json>> =>
  at.request('POST', '/api/v1/auth/login', { body: { realm, login, password } });

async function logIn(realm: Realm, login: string): Promise<Pair> {
  const { status, body } = await tryToLogIn(realm, login);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as unknown as Pair;
}

const refresh = (refreshToken: string, at = app): Promise<TestResponse<Pair>> =>
  at.request<Pair>('POST', '/api/v1/auth/refresh', { body: { refreshToken } });
const me = (token: string): Promise<TestResponse<Json>> => app.request('GET', '/api/v1/auth/me', { token });

let names = 0;
const nextName = (kind: string): string => {
  names += 1;
  return `${kind}-${names}`;
};

async function newDsa(): Promise<{ cn: string; dn: string }> {
  const cn = nextName('robot');
  return { cn, dn: await directory.addDsa(cn, PASSWORD) };
}

const addIdentity = async (login: string, state = 'active'): Promise<string> => {
  const [row] = await sql<{ id: string }>(
    `insert into registry_identities (login, login_folded, given_name, surname, surname_folded, state)
     values ($1, $3, 'Given', 'Surname', 'surname', $2) returning id`,
    [login, state, foldedText(login)],
  );
  return row?.id ?? '';
};

async function newPerson(): Promise<{ uid: string; dn: string; identityId: string }> {
  const uid = nextName('person');
  return { uid, dn: await directory.addPerson(uid, PASSWORD), identityId: await addIdentity(uid) };
}

const digest = (algorithm: string, salt = ''): string =>
  Buffer.concat([createHash(algorithm).update(PASSWORD).update(salt).digest(), Buffer.from(salt)]).toString(
    'base64',
  );
const crypt = (option: string): string =>
  execFileSync('openssl', ['passwd', option, '-stdin'], { input: `${PASSWORD}\n` })
    .toString()
    .trim();

describe('the password of an account', () => {
  for (const [scheme, make] of [
    ['{SSHA}', () => `{SSHA}${digest('sha1', 'salz')}`],
    ['{SHA}', () => `{SHA}${digest('sha1')}`],
    ['{SMD5}', () => `{SMD5}${digest('md5', 'salz')}`],
    ['{MD5}', () => `{MD5}${digest('md5')}`],
    ['{SSHA512}', () => `{SSHA512}${digest('sha512', 'salz')}`],
    ['{CRYPT} of SHA-512', () => `{CRYPT}${crypt('-6')}`],
    ['{crypt} in lower case, of SHA-256', () => `{crypt}${crypt('-5')}`],
    ['{ARGON2}', async () => `{ARGON2}${await argon2(PASSWORD)}`],
    ['nothing but the password itself', () => PASSWORD],
  ] as [string, () => string | Promise<string>][]) {
    it(`is compared by the directory, whatever it keeps: ${scheme}`, async () => {
      const cn = nextName('scheme');
      await directory.addDsa(cn, await make());
      expect(await tryToLogIn('dsa', cn)).toMatchObject({ status: 200 });
      expect(await tryToLogIn('dsa', cn, WRONG)).toMatchObject({ status: 401 });
    });
  }

  it('is sent as it was typed: the directory compares bytes', async () => {
    const { cn } = await newDsa();
    expect(await tryToLogIn('dsa', cn, PASSWORD.normalize('NFD'))).toMatchObject({ status: 401 });
  });
});

describe('a service account (DSA)', () => {
  it('is an operator from its first login on, with the roles of the configuration', async () => {
    const { cn } = await newDsa();
    const { accessToken } = await logIn('dsa', cn.toUpperCase());
    const { body } = await me(accessToken);
    expect(body).toMatchObject({
      realm: 'dsa',
      login: cn,
      displayName: cn,
      roles: ['task-runner'],
      identityId: null,
    });
    const records = await sql('select actor, action from audit_records where object_id = $1 order by id', [
      body['id'],
    ]);
    expect(records).toEqual([
      { actor: 'system', action: 'operator.created' },
      { actor: `dsa:${cn}`, action: 'session.opened' },
    ]);
    const shown = await app.request('GET', `/api/v1/operators/${String(body['id'])}`, {
      token: admin.accessToken,
    });
    expect(shown).toMatchObject({ status: 200, body: { realm: 'dsa', login: cn } });
  });

  it('is one operator, however many log in first at once, with a session each', async () => {
    const { cn } = await newDsa();
    const pairs = await Promise.all(Array.from({ length: 8 }, () => logIn('dsa', cn)));
    const callers = await Promise.all(pairs.map(({ accessToken }) => me(accessToken)));
    expect(new Set(callers.map(({ body }) => body['id'])).size).toBe(1);
    expect(new Set(callers.map(({ body }) => body['sessionId'])).size).toBe(8);
  });

  it('keeps the roles that an administrator gave', async () => {
    const { cn } = await newDsa();
    const { body } = await me((await logIn('dsa', cn)).accessToken);
    const path = `/api/v1/operators/${String(body['id'])}`;
    const changed = await app.request('PATCH', path, {
      token: admin.accessToken,
      body: { roles: ['auditor', 'task-runner'], displayName: 'The robot' },
    });
    expect(changed.status).toBe(200);
    expect((await me((await logIn('dsa', cn)).accessToken)).body).toMatchObject({
      roles: ['auditor', 'task-runner'],
      displayName: 'The robot',
    });
  });

  it('stays out when an administrator disabled it, whatever the directory says', async () => {
    const { cn } = await newDsa();
    const pair = await logIn('dsa', cn);
    const { body } = await me(pair.accessToken);
    const path = `/api/v1/operators/${String(body['id'])}`;
    await app.request('PATCH', path, { token: admin.accessToken, body: { isDisabled: true } });
    expect(await me(pair.accessToken)).toMatchObject({ status: 401 });
    expect(await refresh(pair.refreshToken)).toMatchObject({ status: 401 });
    expect(await tryToLogIn('dsa', cn)).toMatchObject({ status: 401 });
  });

  it('has no password here to change', async () => {
    const { cn } = await newDsa();
    const { accessToken } = await logIn('dsa', cn);
    const { body } = await me(accessToken);
    const own = await app.request('POST', '/api/v1/auth/password', {
      token: accessToken,
      body: { currentPassword: PASSWORD, newPassword: 'another horse battery staple' },
    });
    const byAdmin = await app.request('PATCH', `/api/v1/operators/${String(body['id'])}`, {
      token: admin.accessToken,
      body: { password: 'another horse battery staple' },
    });
    for (const answer of [own, byAdmin]) {
      expect(answer).toMatchObject({ status: 409, body: { type: '/problems/auth/password-elsewhere' } });
    }
  });

  it('is not a local operator of the same login', async () => {
    const { cn } = await newDsa();
    const local = await addLoggedIn(app, cn, 'auditor');
    const { body } = await me((await logIn('dsa', cn)).accessToken);
    expect(body['id']).not.toBe(local.id);
    expect(body['roles']).toEqual(['task-runner']);
    expect(
      await app.request('POST', '/api/v1/auth/login', { body: { login: cn, password: PASSWORD } }),
    ).toMatchObject({ status: 401 });
  });

  it('that is an administrator cannot take the last one with a password here away', async () => {
    const { cn } = await newDsa();
    const { accessToken } = await logIn('dsa', cn);
    const { body } = await me(accessToken);
    await app.request('PATCH', `/api/v1/operators/${String(body['id'])}`, {
      token: admin.accessToken,
      body: { roles: ['administrator'] },
    });
    const answer = await app.request('DELETE', `/api/v1/operators/${admin.id}`, { token: accessToken });
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/auth/last-administrator' } });
  });
});

describe('a login is refused, in one and the same way,', () => {
  const refusedLogins: [string, () => Promise<[Realm, string, string]>][] = [
    ['when nobody has it', async () => ['dsa', nextName('nobody'), PASSWORD]],
    ['with a wrong password', async () => ['dsa', (await newDsa()).cn, WRONG]],
    [
      'when its hash is locked as FusionDirectory does it',
      async () => {
        const { cn, dn } = await newDsa();
        await directory.change(dn, 'userPassword', `{SSHA}!${digest('sha1', 'salz')}`);
        return ['dsa', cn, PASSWORD];
      },
    ],
    [
      'when the password policy of the directory locked it',
      async () => {
        const { cn, dn } = await newDsa();
        await directory.change(dn, 'pwdAccountLockedTime', '000001010000Z');
        return ['dsa', cn, PASSWORD];
      },
    ],
    [
      'when two entries have it',
      async () => {
        const { cn } = await newDsa();
        const place = `ou=${cn},${DSA_BASE}`;
        await directory.add(place, { objectClass: 'organizationalUnit', ou: cn });
        await directory.addDsa(cn, PASSWORD, place);
        return ['dsa', cn, PASSWORD];
      },
    ],
    [
      'when the entry is no service account',
      async () => {
        const cn = nextName('role');
        await directory.add(`cn=${cn},${DSA_BASE}`, { objectClass: 'organizationalRole', cn });
        return ['dsa', cn, PASSWORD];
      },
    ],
    [
      'when the entry is elsewhere',
      async () => {
        const { uid } = await newPerson();
        return ['dsa', uid, PASSWORD];
      },
    ],
    [
      'when the registry does not know the person',
      async () => {
        const uid = nextName('stranger');
        await directory.addPerson(uid, PASSWORD);
        return ['identity', uid, PASSWORD];
      },
    ],
    ...[
      ['jiri', 'jıri'],
      ['jıri', 'jiri'],
      ['strasse', 'straße'],
      ['straße', 'strasse'],
    ].map(([there = '', here = '']): [string, () => Promise<[Realm, string, string]>] => [
      `when the login ${there} of the directory is only like the identity's ${here}`,
      async () => {
        const mark = nextName('');
        await directory.addPerson(`${there}${mark}`, PASSWORD);
        await addIdentity(`${here}${mark}`);
        return ['identity', `${there}${mark}`, PASSWORD];
      },
    ]),
    [
      'when the password policy of the directory locked it for now',
      async () => {
        const { cn, dn } = await newDsa();
        await directory.change(dn, 'pwdAccountLockedTime', '20010101000000Z');
        return ['dsa', cn, PASSWORD];
      },
    ],
    [
      'when the identity is disabled',
      async () => {
        const uid = nextName('leaver');
        await directory.addPerson(uid, PASSWORD);
        await addIdentity(uid, 'disabled');
        return ['identity', uid, PASSWORD];
      },
    ],
    [
      'when an administrator disabled the operator',
      async () => {
        const { cn } = await newDsa();
        await logIn('dsa', cn);
        await sql("update auth_operators set is_disabled = true where realm = 'dsa' and login = $1", [cn]);
        return ['dsa', cn, PASSWORD];
      },
    ],
  ];

  for (const [reason, make] of refusedLogins) {
    it(reason, async () => {
      const [realm, login, password] = await make();
      const before = systemClock.monotonicMs();
      const { status, headers, body } = await tryToLogIn(realm, login, password);
      // Not before the first quantum is over, however fast the directory was; timers may be early by a moment.
      expect(systemClock.monotonicMs() - before).toBeGreaterThan(248);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect({ ...body, instance: '' }).toEqual({
        type: '/problems/auth/credentials-refused',
        title: 'The login or the password is not right',
        status: 401,
        detail: expect.stringMatching(/^Check both, and try again\./),
        instance: '',
      });
      const [record] = await sql(
        'select actor, action, audit_records::text as text from audit_records order by id desc limit 1',
      );
      expect(record).toMatchObject({ actor: 'anonymous', action: 'login.refused' });
      if (reason === 'when nobody has it') expect(String(record?.['text'])).not.toContain(login);
    });
  }
});

describe('a lock that has run out', () => {
  it('lets its account in again', async () => {
    const { cn, dn } = await newDsa();
    await directory.change(POLICY, 'pwdLockoutDuration', '1');
    try {
      await directory.change(dn, 'pwdAccountLockedTime', '20010101000000Z');
      expect(await tryToLogIn('dsa', cn)).toMatchObject({ status: 200 });
    } finally {
      await directory.change(POLICY, 'pwdLockoutDuration');
    }
  });
});

describe('a refresh', () => {
  const changes: [string, (account: { cn: string; dn: string }) => Promise<void>][] = [
    ['was deleted', ({ dn }) => directory.delete(dn)],
    [
      'was locked by its hash',
      ({ dn }) => directory.change(dn, 'userPassword', `{SSHA}!${digest('sha1', 'x')}`),
    ],
    ['was locked by policy', ({ dn }) => directory.change(dn, 'pwdAccountLockedTime', '000001010000Z')],
    ['was moved out', ({ cn, dn }) => directory.move(dn, `cn=${cn}`, SLAPD_BASE)],
    [
      'was moved within',
      async ({ cn, dn }) => {
        await directory.add(`ou=away-${cn},${DSA_BASE}`, {
          objectClass: 'organizationalUnit',
          ou: `away-${cn}`,
        });
        await directory.move(dn, `cn=${cn}`, `ou=away-${cn},${DSA_BASE}`);
      },
    ],
    ['was renamed', ({ cn, dn }) => directory.move(dn, `cn=renamed-${cn}`, DSA_BASE)],
    [
      'was replaced by another of its name',
      async ({ cn, dn }) => {
        await directory.delete(dn);
        await directory.addDsa(cn, PASSWORD);
      },
    ],
  ];

  for (const [what, change] of changes) {
    it(`ends the session of an account that ${what}`, async () => {
      const account = await newDsa();
      const pair = await logIn('dsa', account.cn);
      const next = await refresh(pair.refreshToken);
      expect(next.status).toBe(200);
      await change(account);
      const refused = await refresh(next.body.refreshToken);
      expect(refused).toMatchObject({ status: 401, body: { type: '/problems/auth/refresh-refused' } });
      expect(await me(next.body.accessToken)).toMatchObject({ status: 401 });
      const [session] = await sql(
        `select end_reason from auth_sessions join auth_operators operator on operator.id = operator_id
         where operator.login = $1`,
        [account.cn],
      );
      expect(session).toEqual({ end_reason: 'account-changed' });
    });
  }

  it('of a directory that is away is answered 503, and goes on when that is back', async () => {
    const account = await newDsa();
    const pair = await logIn('dsa', account.cn);
    await directory.halt();
    try {
      const refused = await refresh(pair.refreshToken);
      expect(refused).toMatchObject({ status: 503, body: { type: '/problems/auth/directory-unavailable' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await tryToLogIn('dsa', account.cn)).toMatchObject({ status: 503 });
      expect(await tryToLogIn('dsa', nextName('nobody'))).toMatchObject({ status: 503 });
      // Whoever is in stays in: access tokens need no directory.
      expect(await me(pair.accessToken)).toMatchObject({ status: 200 });
    } finally {
      await directory.slapd.run();
    }
    expect(await refresh(pair.refreshToken)).toMatchObject({ status: 200 });
  });

  it('of an account that is locked for now is answered 503, and goes on when the lock is lifted', async () => {
    const { cn, dn } = await newDsa();
    const pair = await logIn('dsa', cn);
    await directory.change(dn, 'pwdAccountLockedTime', '20261124061700Z');
    const refused = await refresh(pair.refreshToken);
    expect(refused).toMatchObject({ status: 503, body: { type: '/problems/auth/account-locked' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await me(pair.accessToken)).toMatchObject({ status: 200 });
    expect(await tryToLogIn('dsa', cn)).toMatchObject({ status: 401 });
    await directory.change(dn, 'pwdAccountLockedTime');
    expect(await refresh(pair.refreshToken)).toMatchObject({ status: 200 });
  });

  it('by 20 at once leaves one session with one current token', async () => {
    const account = await newDsa();
    const { refreshToken } = await logIn('dsa', account.cn);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    const [session] = await sql(
      `select session.end_reason, count(*)::integer as current
       from auth_sessions session
       join auth_operators operator on operator.id = session.operator_id
       join auth_refresh_tokens token on token.session_id = session.id and token.rotated_at is null
       where operator.login = $1 group by session.id`,
      [account.cn],
    );
    expect(session).toEqual({ end_reason: null, current: 1 });
  });
});

describe('a person of the directory', () => {
  it('is the identity with that login, and approves', async () => {
    const { uid, identityId } = await newPerson();
    const { accessToken } = await logIn('identity', uid.toUpperCase());
    expect((await me(accessToken)).body).toMatchObject({
      realm: 'identity',
      login: uid,
      displayName: 'Given Surname',
      roles: ['approver'],
      grants: [],
      identityId,
    });
  });

  it('is out within 5 seconds when the identity is disabled', async () => {
    const { uid, identityId } = await newPerson();
    const pair = await logIn('identity', uid);
    expect(await me(pair.accessToken)).toMatchObject({ status: 200 });
    await sql("update registry_identities set state = 'disabled' where id = $1", [identityId]);
    clock.forward(5_000);
    expect(await me(pair.accessToken)).toMatchObject({ status: 401 });
    expect(await refresh(pair.refreshToken)).toMatchObject({ status: 401 });
  });

  it('does not inherit what an earlier person with the login had', async () => {
    const { uid, identityId } = await newPerson();
    const earlier = await logIn('identity', uid);
    const { body } = await me(earlier.accessToken);
    await app.request('PATCH', `/api/v1/operators/${String(body['id'])}`, {
      token: admin.accessToken,
      body: { roles: ['administrator', 'approver'] },
    });
    await sql('delete from registry_identities where id = $1', [identityId]);
    const nextId = await addIdentity(uid);
    const later = await logIn('identity', uid);
    expect((await me(later.accessToken)).body).toMatchObject({ roles: ['approver'], identityId: nextId });
    expect(await me(earlier.accessToken)).toMatchObject({ status: 401 });
  });
});

const idOf = async (pair: Pair): Promise<string> => String((await me(pair.accessToken)).body['id']);
const give = async (id: string, change: Json): Promise<void> => {
  const path = `/api/v1/operators/${id}`;
  expect(await app.request('PATCH', path, { token: admin.accessToken, body: change })).toMatchObject({
    status: 200,
  });
};
const operatorOf = async (id: string): Promise<Json | undefined> =>
  (await sql('select realm, login, roles, is_disabled from auth_operators where id = $1', [id]))[0];
const lastChangeOf = async (id: string): Promise<Json | undefined> =>
  (
    await sql(
      "select before, after from audit_records where object_id = $1 and action = 'operator.changed' order by id desc",
      [id],
    )
  )[0];
const renameIdentity = (id: string, login: string): Promise<unknown> =>
  sql('update registry_identities set login = $2, login_folded = $3 where id = $1', [
    id,
    login,
    foldedText(login),
  ]);

/** Somebody whose operator is an administrator. */
async function newAdministrator(): Promise<{ uid: string; dn: string; identityId: string; id: string }> {
  const person = await newPerson();
  const id = await idOf(await logIn('identity', person.uid));
  await give(id, { roles: ['administrator'] });
  return { ...person, id };
}

describe('the operator of a person', () => {
  it('goes with the identity and its entry to a new login, and keeps its roles', async () => {
    const { uid, dn, identityId, id } = await newAdministrator();
    const next = nextName('married');
    await directory.move(dn, `uid=${next}`, SLAPD_BASE);
    await renameIdentity(identityId, next);
    const pair = await logIn('identity', next);
    expect(await idOf(pair)).toBe(id);
    expect((await me(pair.accessToken)).body).toMatchObject({ login: next, roles: ['administrator'] });
    expect(await lastChangeOf(id)).toMatchObject({
      before: { login: uid },
      after: { login: next, reason: 'login-changed' },
    });
    expect(await idOf(await logIn('identity', next))).toBe(id);
  });

  it('stays disabled when identity and entry are renamed: there is one operator, and it is shut out', async () => {
    const { dn, identityId, id } = await newAdministrator();
    await give(id, { isDisabled: true });
    const next = nextName('back-again');
    await directory.move(dn, `uid=${next}`, SLAPD_BASE);
    await renameIdentity(identityId, next);
    expect(await tryToLogIn('identity', next)).toMatchObject({ status: 401 });
    expect(
      await sql('select id, is_disabled from auth_operators where identity_id = $1', [identityId]),
    ).toEqual([{ id, is_disabled: true }]);
  });

  it('stays shut out when somebody makes the identity again', async () => {
    const { uid, identityId, id } = await newAdministrator();
    await give(id, { isDisabled: true });
    await sql('delete from registry_identities where id = $1', [identityId]);
    await addIdentity(uid);
    expect(await tryToLogIn('identity', uid)).toMatchObject({ status: 401 });
    expect(await operatorOf(id)).toMatchObject({ roles: ['administrator'], is_disabled: true });
  });

  it('is neither taken over nor stripped when its identity is renamed and somebody else gets the login', async () => {
    const victim = await newAdministrator();
    const mallory = await newPerson();
    const own = await logIn('identity', mallory.uid);
    const [away, mallorysId] = [nextName('away'), await idOf(own)];
    // Who may write identities renames both, and owns the one entry.
    await renameIdentity(victim.identityId, away);
    await renameIdentity(mallory.identityId, victim.uid);
    await directory.delete(victim.dn);
    await directory.move(mallory.dn, `uid=${victim.uid}`, SLAPD_BASE);
    const pair = await logIn('identity', victim.uid);
    expect((await me(pair.accessToken)).body).toMatchObject({ id: mallorysId, roles: ['approver'] });
    expect(await operatorOf(victim.id)).toEqual({
      realm: 'identity',
      login: `FORMER ${victim.id}`,
      roles: ['administrator'],
      is_disabled: false,
    });
    expect(await lastChangeOf(victim.id)).toMatchObject({
      before: { login: victim.uid },
      after: { reason: 'login-taken-over' },
    });
    expect(await tryToLogIn('identity', `FORMER ${victim.id}`)).toMatchObject({ status: 401 });
  });

  it('gives its roles to no other entry, though its identity be renamed to that', async () => {
    const victim = await newAdministrator();
    const mallory = await newPerson();
    await sql('delete from registry_identities where id = $1', [mallory.identityId]);
    await renameIdentity(victim.identityId, mallory.uid);
    const pair = await logIn('identity', mallory.uid);
    expect((await me(pair.accessToken)).body).toMatchObject({ id: victim.id, roles: ['approver'] });
    expect(await lastChangeOf(victim.id)).toMatchObject({
      before: { roles: ['administrator'] },
      after: { roles: ['approver'], reason: 'entry-replaced' },
    });
  });

  it('swaps logins with another without either losing anything', async () => {
    const [one, other] = [await newAdministrator(), await newPerson()];
    const otherId = await idOf(await logIn('identity', other.uid));
    const between = nextName('between');
    await directory.move(one.dn, `uid=${between}`, SLAPD_BASE);
    await directory.move(other.dn, `uid=${one.uid}`, SLAPD_BASE);
    await directory.move(`uid=${between},${SLAPD_BASE}`, `uid=${other.uid}`, SLAPD_BASE);
    await renameIdentity(one.identityId, between);
    await renameIdentity(other.identityId, one.uid);
    await renameIdentity(one.identityId, other.uid);
    const pairs = await Promise.all(
      [one.uid, other.uid, one.uid, other.uid].map((uid) => logIn('identity', uid)),
    );
    const callers = await Promise.all(
      (await Promise.all([one.uid, other.uid].map((uid) => logIn('identity', uid)))).map(
        async ({ accessToken }) => (await me(accessToken)).body,
      ),
    );
    expect(pairs).toHaveLength(4);
    expect(callers).toMatchObject([
      { id: otherId, roles: ['approver'] },
      { id: one.id, roles: ['administrator'] },
    ]);
  });
});

describe('the operator of a service account', () => {
  it('has only what a new one has when its entry was deleted and made again, and its record says so', async () => {
    const { cn, dn } = await newDsa();
    const earlier = await logIn('dsa', cn);
    const id = await idOf(earlier);
    await give(id, { roles: ['administrator'] });
    await directory.delete(dn);
    await directory.addDsa(cn, PASSWORD);
    const later = await logIn('dsa', cn);
    expect((await me(later.accessToken)).body).toMatchObject({ id, roles: ['task-runner'] });
    expect(await me(earlier.accessToken)).toMatchObject({ status: 401 });
    expect(await lastChangeOf(id)).toMatchObject({
      before: { roles: ['administrator'] },
      after: { roles: ['task-runner'], reason: 'entry-replaced' },
    });
  });

  it('stays disabled when its entry is made again, or renamed', async () => {
    const { cn, dn } = await newDsa();
    const id = await idOf(await logIn('dsa', cn));
    await give(id, { roles: ['administrator'], isDisabled: true });
    const next = nextName('renamed');
    await directory.move(dn, `cn=${next}`, DSA_BASE);
    expect(await tryToLogIn('dsa', next)).toMatchObject({ status: 401 });
    await directory.delete(`cn=${next},${DSA_BASE}`);
    await directory.addDsa(next, PASSWORD);
    expect(await tryToLogIn('dsa', next)).toMatchObject({ status: 401 });
    expect(await operatorOf(id)).toMatchObject({ login: next, roles: ['task-runner'], is_disabled: true });
  });
});

describe('wrong passwords', () => {
  it('reach the directory fewer times than its own lock-out takes, however many come', async () => {
    const { cn, dn } = await newDsa();
    await directory.change(POLICY, 'pwdMaxFailure', '4');
    const careful = await boot(directory.url, { PROVOST_AUTH_DIRECTORY_REFUSALS_COUNT: '3' });
    try {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => tryToLogIn('dsa', cn, WRONG, careful)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
      const failures = await directory.read(dn, 'pwdFailureTime');
      expect(failures.length).toBeGreaterThan(0);
      expect(failures.length).toBeLessThan(4);
      expect(await directory.read(dn, 'pwdAccountLockedTime')).toEqual([]);
    } finally {
      await careful.close();
      await directory.change(POLICY, 'pwdMaxFailure', '1000');
    }
  });

  it('are not counted where the directory did not look at them', async () => {
    const { cn } = await newDsa();
    const careful = await boot(directory.url, { PROVOST_AUTH_DIRECTORY_REFUSALS_COUNT: '3' });
    try {
      await directory.halt();
      try {
        for (let tries = 0; tries < 6; tries += 1) {
          expect(await tryToLogIn('dsa', cn, PASSWORD, careful)).toMatchObject({ status: 503 });
        }
      } finally {
        await directory.slapd.run();
      }
      expect(await tryToLogIn('dsa', cn, PASSWORD, careful)).toMatchObject({ status: 200 });
    } finally {
      await careful.close();
    }
  });
});

describe('a directory behind TLS', () => {
  it('is trusted by the authority that the configuration names, and by no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'provost-tls-'));
    const { authority, certificateFile, keyFile } = issueCertificate(folder, 'IP:127.0.0.1');
    const secure = await Slapd.start({
      tls: true,
      global: `TLSCertificateFile ${certificateFile}\nTLSCertificateKeyFile ${keyFile}`,
    });
    const caFile = join(folder, 'authority.pem');
    writeFileSync(caFile, authority);
    // Its own entry is the only one there that has a password.
    const env = { LDAP_OU_DSA: 'dc=example,dc=org' };
    const trusting = await boot(secure.url, { ...env, PROVOST_DIRECTORY_CA_FILE: caFile });
    const careful = await boot(secure.url, env);
    try {
      expect(await tryToLogIn('dsa', 'provost', SLAPD_PASSWORD, trusting)).toMatchObject({ status: 200 });
      expect(await tryToLogIn('dsa', 'provost', SLAPD_PASSWORD, careful)).toMatchObject({ status: 503 });
    } finally {
      await Promise.all([trusting.close(), careful.close()]);
      await secure.remove();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a service whose directory', () => {
  async function withApp(
    env: Record<string, string>,
    use: (at: TestApp) => Promise<void>,
    url = directory.url,
  ): Promise<void> {
    const at = await boot(url, env);
    try {
      await use(at);
    } finally {
      await at.close();
    }
  }

  it('is not configured says so, the same for every login', async () => {
    const { cn } = await newDsa();
    await withApp({ FD_LDAP_MASTER_URL: '' }, async (at) => {
      const answers = await Promise.all(
        [cn, nextName('nobody')].map((login) => tryToLogIn('dsa', login, PASSWORD, at)),
      );
      for (const { status, body } of answers) {
        expect({ status, type: body['type'] }).toEqual({
          status: 422,
          type: '/problems/auth/realm-not-configured',
        });
      }
      expect({ ...answers[0]?.body, instance: '' }).toEqual({ ...answers[1]?.body, instance: '' });
    });
    await withApp({ LDAP_OU_DSA: '' }, async (at) => {
      expect(await tryToLogIn('dsa', cn, PASSWORD, at)).toMatchObject({ status: 422 });
    });
  });

  it('does not take its own password answers 503: that is nobody’s fault who logs in', async () => {
    const { cn } = await newDsa();
    await withApp({ LDAP_PWD: 'wrong' }, async (at) => {
      expect(await tryToLogIn('dsa', cn, PASSWORD, at)).toMatchObject({ status: 503 });
      expect(await tryToLogIn('dsa', nextName('nobody'), PASSWORD, at)).toMatchObject({ status: 503 });
    });
  });

  it('is another machine without TLS is not asked at all', async () => {
    await withApp(
      {},
      async (at) => {
        expect(await tryToLogIn('dsa', 'anybody', PASSWORD, at)).toMatchObject({ status: 503 });
      },
      'ldap://192.0.2.1:3389',
    );
  });
});
