import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { seedOperator, type OperatorSeed } from '../../../seeds/operator.js';
import { authEntities, operatorsOf, SYSTEM_AUTHOR } from '../../../src/auth/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const PASSWORD = 'correct horse battery staple';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({
    url: testDatabase.url,
    applicationName: 'spec',
    poolSize: 10,
    statementTimeoutMs: 15_000,
    entities: authEntities,
  });
  await database.connect();
});

afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

afterEach(async () => {
  await database.query('truncate auth_operators cascade');
});

describe('two administrators who demote each other at once', () => {
  it.each([
    ['demote', { roles: ['auditor' as const] }],
    ['disable', { isDisabled: true }],
  ])('cannot both: %s', async (_, change) => {
    const operators = operatorsOf(database);
    const make = (login: string): Promise<{ id: string }> =>
      operators.create(
        { login, displayName: login, password: PASSWORD, roles: ['administrator'] },
        SYSTEM_AUTHOR,
      );
    const pair = [await make('left'), await make('right')];
    for (let round = 0; round < 10; round += 1) {
      await database.query("update auth_operators set roles = '{administrator}', is_disabled = false");
      const outcomes = await Promise.allSettled(
        pair.map(({ id }) => operatorsOf(database).change(id, change, undefined, SYSTEM_AUTHOR)),
      );
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = outcomes.find((outcome) => outcome.status === 'rejected');
      expect(refused?.reason).toMatchObject({ type: '/problems/auth/last-administrator' });
    }
  });
});

describe('ten operators of one login made at once', () => {
  it('leave one', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        operatorsOf(database).create(
          { login: 'same', displayName: 'Same', password: PASSWORD, roles: ['auditor'] },
          SYSTEM_AUTHOR,
        ),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 409 });
    }
  });
});

const insert = (column: string, value: string): Promise<unknown> =>
  database.query(
    `insert into auth_operators (login, display_name, password_hash, roles)
     select row.login, 'x', row.password_hash, row.roles::text[]
     from (select 'x' as login, '$argon2id$x' as password_hash, '{auditor}' as roles) as base,
     lateral (select ${['login', 'password_hash', 'roles']
       .map((name) => (name === column ? '$1::text' : `base.${name}`) + ` as ${name}`)
       .join(', ')}) as row`,
    [value],
  );

/** One operator of each realm as it must be, with one thing changed. */
const insertOf = (realm: string, change: Record<string, string | null>): Promise<unknown> => {
  const row: Record<string, string | null> = {
    realm,
    login: 'x',
    display_name: 'x',
    password_hash: realm === 'local' ? '$argon2id$x' : null,
    identity_id: realm === 'identity' ? '00000000-0000-4000-8000-000000000000' : null,
    roles: realm === 'service' ? '{}' : '{auditor}',
    permissions: realm === 'service' ? '{queue.read}' : '{}',
    ...change,
  };
  const places = Object.keys(row).map((_, index) => `$${index + 1}`);
  return database.query(
    `insert into auth_operators (${Object.keys(row).join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
};

describe('the database itself, of each realm,', () => {
  it('takes one operator of a login', async () => {
    for (const realm of ['local', 'dsa', 'identity', 'service']) await insertOf(realm, {});
    for (const realm of ['local', 'dsa', 'identity', 'service']) {
      await expect(insertOf(realm, {})).rejects.toMatchObject({ code: '23505' });
    }
  });

  it.each<[string, Record<string, string | null>]>([
    ['local', { password_hash: null }],
    ['local', { permissions: '{queue.read}' }],
    ['local', { identity_id: '00000000-0000-4000-8000-000000000000' }],
    ['dsa', { password_hash: '$argon2id$x' }],
    ['dsa', { roles: '{}' }],
    ['dsa', { login: 'line\nbreak' }],
    ['identity', { identity_id: null }],
    ['service', { roles: '{administrator}' }],
    ['service', { permissions: '{}' }],
    ['service', { permissions: '{NULL}' }],
    ['service', { login: 'Upper' }],
    ['other', {}],
  ])('refuses %s with %j', async (realm, change) => {
    await expect(insertOf(realm, change)).rejects.toMatchObject({ code: '23514' });
  });
});

describe('the database itself', () => {
  it.each([
    ['login', 'Upper'],
    ['login', ''],
    ['login', 'line\nbreak'],
    ['password_hash', 'plain text'],
    ['password_hash', '$argon2i$v=19$x'],
    ['roles', '{}'],
    ['roles', '{root}'],
    ['roles', '{NULL}'],
    ['roles', '{auditor,NULL}'],
  ])('refuses %s %j', async (column, value) => {
    await expect(insert(column, value)).rejects.toMatchObject({ code: '23514' });
  });
});

const stored = async () => {
  const [row] = await database.query<{
    login: string;
    roles: string[];
    password_hash: string;
    version: number;
  }>('select login, roles, password_hash, version from auth_operators');
  return row;
};

describe('seeding an operator', () => {
  let directory: string;
  let file: string;
  let lines: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'provost-seed-'));
    file = join(directory, 'password');
    lines = [];
    await writeFile(file, `${PASSWORD}\n`, { mode: 0o600 });
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const seed = (change: Partial<OperatorSeed> = {}): ReturnType<typeof seedOperator> =>
    seedOperator({
      database,
      login: 'admin',
      passwordFile: file,
      roles: ['administrator'],
      log: (line) => lines.push(line),
      ...change,
    });

  it('makes the operator, with the password as it stands in the file but for the line break', async () => {
    expect(await seed({ login: 'Admin' })).toBe('created');
    expect(await stored()).toMatchObject({ login: 'admin', roles: ['administrator'] });
    const { verify } = await import('@node-rs/argon2');
    expect(await verify((await stored())?.password_hash ?? '', PASSWORD)).toBe(true);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(PASSWORD);
  });

  it('changes nothing about an operator that exists, and says so', async () => {
    await seed();
    const before = await stored();
    await writeFile(file, 'another horse battery staple');
    expect(await seed({ roles: ['auditor'] })).toBe('kept');
    expect(await stored()).toEqual(before);
    expect(lines.at(-1)).toContain('--reset-password');
  });

  it('gives an operator that exists a new password when asked to, and ends its sessions', async () => {
    await seed();
    const before = await stored();
    await database.query(
      `insert into auth_sessions (id, operator_id, idle_expires_at, expires_at)
       select gen_random_uuid(), id, now() + interval '1 hour', now() + interval '1 hour' from auth_operators`,
    );
    await writeFile(file, 'another horse battery staple');
    expect(await seed({ existing: 'reset', roles: ['auditor'] })).toBe('reset');
    const after = await stored();
    expect(after?.password_hash).not.toBe(before?.password_hash);
    expect(after?.roles).toEqual(['administrator']);
    expect(await database.query('select id from auth_sessions where ended_at is null')).toEqual([]);
  });

  it('warns of a password file that others may read', async () => {
    await chmod(file, 0o644);
    await seed();
    expect(lines[0]).toMatch(/^Warning: others may read the password file .* chmod 600/);
  });

  it.each<[string, Partial<OperatorSeed>, string]>([
    ['a login with blanks', { login: 'ad min' }, 'The login "ad min" must be 1 to 64'],
    ['an unknown role', { roles: ['root'] }, 'There is no role "root". Give one or more of administrator'],
    ['no role', { roles: [] }, 'No role was given'],
    ['a file that is not there', { passwordFile: '/nowhere/password' }, 'cannot be read (ENOENT)'],
    ['a directory for a file', { passwordFile: '/' }, 'cannot be read (EISDIR)'],
    ['a file without end', { passwordFile: '/dev/zero' }, 'is larger than 4096 bytes'],
  ])('refuses %s', async (_, change, message) => {
    await expect(seed(change)).rejects.toThrow(message);
    expect(await stored()).toBeUndefined();
  });

  it.each<[string, string | Buffer, string]>([
    ['an empty file', '', 'must not be blank'],
    ['blanks', '            \n', 'must not be blank'],
    ['a short password', 'short\n', 'at least 12 characters'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, ...Buffer.from(PASSWORD)]), 'is not UTF-8'],
  ])('refuses a password file with %s', async (_, content, message) => {
    await writeFile(file, content);
    await expect(seed()).rejects.toThrow(message);
    expect(await stored()).toBeUndefined();
  });
});
