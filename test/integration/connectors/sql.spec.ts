import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { freePort } from '../../../src/embedded/process/index.js';
import { Dialer } from '../../../src/platform/dialer/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import {
  type Attributes,
  type AttributeDelta,
  type Connector,
  ConnectorError,
  DATABASE_IDENTITY,
} from '../../../src/provisioning/index.js';
import { sqlConnector } from '../../../src/plugins/connectors/sql/index.js';
import { type ConnectorBundle, exerciseConnector } from '../../contracts/connector.contract.js';
import { connectorContext, localDialer, testDialer } from '../../support/connector-context.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import { createEmptyDatabase, type TestDatabase } from '../../support/postgres.js';
import { issueCertificate } from '../../support/slapd.js';
import { type ServerCertificate, startTlsServer } from '../../support/tls-server.js';

const TABLE = `
  create table people (
    id uuid primary key default gen_random_uuid(),
    login text not null unique,
    surname text not null,
    nick text,
    aliases text[],
    photo bytea
  )`;

async function bundleFor(settings: { idColumn?: string }): Promise<ConnectorBundle> {
  const database = await createEmptyDatabase();
  const url = new URL(database.url);
  const proxy = await LossyProxy.start({ host: '127.0.0.1', port: Number(url.port) });
  const user = `provost_test_${randomBytes(6).toString('hex')}`;
  const password = `a-Password-that-must-not-leak-${randomBytes(4).toString('hex')}`;
  const admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`create role ${user} login password '${password}'`);
  await admin.query(TABLE);
  await admin.query(`grant select, insert, update, delete on people to ${user}`);
  return {
    proxy,
    password,
    open: (options, log) => {
      const { port = proxy.port, callTimeoutMs = 10_000, poolSize = 3 } = options;
      const config = sqlConnector.config.parse({
        host: '127.0.0.1',
        port,
        database: url.pathname.slice(1),
        user,
        table: 'people',
        keyColumn: 'login',
        poolSize,
        ...settings,
      });
      const secrets = { password: new Secret(options.password ?? password) };
      return sqlConnector.open(config, secrets, connectorContext({ callTimeoutMs, log }));
    },
    objectClass: 'people',
    identifier: (name) => name,
    required: { surname: ['Lovelace'] },
    attributes: { text: 'nick', texts: 'aliases', bytes: 'photo' },
    hasNativeIds: settings.idColumn !== undefined,
    stopServer: () => proxy.stop(),
    startServer: () => proxy.listen(),
    freePort: () => freePort(),
    close: async () => {
      await proxy.stop();
      await admin.query('drop table people');
      await admin.query(`drop role ${user}`);
      await admin.end();
      await database.drop();
    },
  };
}

exerciseConnector('sql on PostgreSQL, rows with an id of their own', () => bundleFor({ idColumn: 'id' }));
exerciseConnector('sql on PostgreSQL, rows known by their key alone', () => bundleFor({}));

const HOSTILE_TABLE = `we"ird; drop table people; --`;
const HOSTILE_COLUMN = `a"b $1 'c' \\`;
const SECRET = 'generated-Password-31c9';

const TABLES = `
  create type mood as enum ('fine', 'tired');
  create table units (code text primary key);
  insert into units values ('math');
  create table accounts (
    id bigint generated always as identity primary key,
    login varchar(40) not null unique,
    surname text not null default '',
    email text unique,
    unit text references units,
    manager text references accounts (login),
    secret text,
    "number" integer,
    short varchar(5),
    tags varchar(5)[],
    "numbers" integer[],
    "blobs" bytea[],
    required_tags text[] not null default '{}',
    "mood" mood,
    is_active boolean,
    born date,
    changed_at timestamptz,
    balance numeric,
    key_id uuid,
    document jsonb,
    price numeric(8, 2),
    code character(6),
    seen timestamptz(0),
    bits bit(4),
    lower_login text generated always as (lower(login)) stored,
    constraint accounts_number_check check ("number" > 0),
    constraint accounts_pair_check check (short <> surname)
  );
  create table no_key (login text, other text);
  create table "${HOSTILE_TABLE.replaceAll('"', '""')}" ("${HOSTILE_COLUMN.replaceAll('"', '""')}" text primary key, x text);
  create table slow (login text primary key, seconds double precision);
  create function wait_a_while() returns trigger language plpgsql as
    'begin perform pg_sleep(new.seconds); return new; end';
  create trigger slow before insert on slow for each row execute function wait_a_while();
  create function refuse() returns trigger language plpgsql as 'begin return null; end';
  create table refusing (login text primary key);
  create trigger refusing before insert on refusing for each row execute function refuse();
`;

describe('sql on PostgreSQL', () => {
  const NEVER = new AbortController().signal;
  const user = `provost_test_${randomBytes(6).toString('hex')}`;
  const password = `p-${randomBytes(12).toString('hex')}`;
  let database: TestDatabase;
  let admin: Client;
  let url: URL;
  let connector: Connector;
  const opened: Connector[] = [];

  const open = (
    config: Record<string, unknown> = {},
    callTimeoutMs = 10_000,
    dialer: Dialer = testDialer,
  ): Connector => {
    const settings = {
      host: url.hostname,
      port: Number(url.port),
      database: url.pathname.slice(1),
      user,
      table: 'accounts',
      keyColumn: 'login',
      idColumn: 'id',
      ...config,
    };
    const one = sqlConnector.open(
      sqlConnector.config.parse(settings),
      { password: new Secret(password) },
      connectorContext({ connectTimeoutMs: 2_000, callTimeoutMs }, dialer),
    );
    opened.push(one);
    return one;
  };
  const create = (attributes: Attributes, login = `u${randomBytes(6).toString('hex')}`) =>
    connector.create('accounts', login, attributes, NEVER);
  const update = async (attributes: Attributes, delta: AttributeDelta) => {
    const ref = await create(attributes);
    await connector.update('accounts', ref, [delta], NEVER);
    return (await connector.read('accounts', ref, [delta.attribute], NEVER))?.attributes[delta.attribute];
  };
  const failure = async (call: Promise<unknown>): Promise<ConnectorError> => {
    const outcome = await call.then(
      () => 'success',
      (error: unknown) => error,
    );
    if (!(outcome instanceof ConnectorError)) throw new Error('not a ConnectorError', { cause: outcome });
    return outcome;
  };

  beforeAll(async () => {
    database = await createEmptyDatabase();
    url = new URL(database.url);
    admin = new Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`create role ${user} login password '${password}'`);
    await admin.query(`grant ${user} to current_user`);
    await admin.query(TABLES);
    await admin.query(`grant select, insert, update, delete on all tables in schema public to ${user}`);
  });
  beforeEach(() => {
    connector = open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });
  afterAll(async () => {
    await admin.query(`drop schema public cascade`);
    await admin.query(`drop role ${user}`);
    await admin.end();
    await database.drop();
  });

  it('finds a row by its id under another name, and gives its name of now', async () => {
    const ref = await create({ short: ['a'] });
    await admin.query('update accounts set login = $1 where login = $2', [
      `${ref.identifier}-new`,
      ref.identifier,
    ]);

    const found = await connector.read('accounts', ref, ['short'], NEVER);
    const updated = await connector.update('accounts', ref, [{ attribute: 'short', replace: ['b'] }], NEVER);

    expect(found).toEqual({ ...ref, identifier: `${ref.identifier}-new`, attributes: { short: ['a'] } });
    expect(updated).toEqual({ ...ref, identifier: `${ref.identifier}-new` });
  });

  it('carries every type as text that compares equal when it is read back', async () => {
    const attributes = {
      number: ['-7'.slice(1)],
      mood: ['tired'],
      is_active: ['true'],
      born: ['1815-12-10'],
      changed_at: ['2024-02-29 12:00:00+00'],
      balance: ['12345678901234567890.5'],
      key_id: ['0b4d6ea6-1c7e-4f6e-8f6c-3a3e4b7d9d10'],
      document: ['{"a": [1, "ü"]}'],
      tags: ['a', 'b,c', 'd"e', 'NULL', ''],
      numbers: ['3', '1', '2'],
    };

    const ref = await create(attributes);
    const found = await connector.read('accounts', ref, Object.keys(attributes), NEVER);

    expect(found?.attributes).toEqual(attributes);
  });

  it.each<[string, Attributes, Attributes]>([
    ['a number with a scale', { price: ['5'] }, { price: ['5.00'] }],
    ['a number in another spelling', { number: ['+007'] }, { number: ['7'] }],
    [
      'a time of another zone',
      { changed_at: ['2024-02-29T13:00:00.000+01:00'] },
      { changed_at: ['2024-02-29 12:00:00+00'] },
    ],
    [
      'a time with too many digits',
      { seen: ['2024-02-29 12:00:00.4Z'] },
      { seen: ['2024-02-29 12:00:00+00'] },
    ],
    ['a date out of a time', { born: ['1815-12-10T00:00:00.000Z'] }, { born: ['1815-12-10'] }],
    ['a text that is padded', { code: ['ab  '] }, { code: ['ab'] }],
    ['a truth', { is_active: ['yes'] }, { is_active: ['true'] }],
    [
      'an id in capitals',
      { key_id: ['0B4D6EA6-1C7E-4F6E-8F6C-3A3E4B7D9D10'] },
      { key_id: ['0b4d6ea6-1c7e-4f6e-8f6c-3a3e4b7d9d10'] },
    ],
    ['a document', { document: ['{"b":1,"a":2}'] }, { document: ['{"a": 2, "b": 1}'] }],
    ['two spellings of one value of many', { numbers: ['07', '7', '8'] }, { numbers: ['7', '8'] }],
    [
      'a text as it is',
      { surname: [' as it is '], bits: ['1010'], tags: ['b', 'a'] },
      { surname: [' as it is '], bits: ['1010'], tags: ['b', 'a'] },
    ],
  ])('knows before it writes how the table will print %s', async (_what, given, printed) => {
    const login = `u${randomBytes(6).toString('hex')}`;

    const stored = await connector.asStored?.('accounts', login, given, NEVER);
    const ref = await create(given, login);
    const found = await connector.read('accounts', ref, Object.keys(given), NEVER);

    expect(stored).toEqual({ identifier: login, attributes: printed });
    expect(new Set(Object.values(found?.attributes ?? {}).flat())).toEqual(
      new Set(Object.values(printed).flat()),
    );
  });

  it.each<[string, Attributes]>([
    ['short', { short: ['too long'] }],
    ['code', { code: ['much too long'] }],
    ['bits', { bits: ['101011'] }],
  ])('does not cut a value to the length of %s to compare it', async (_column, given) => {
    const stored = await connector.asStored?.('accounts', 'x', given, NEVER);

    expect(stored?.attributes).toEqual(given);
    expect(await failure(create(given))).toMatchObject({ code: 'invalid-attribute' });
  });

  it('names the column of a value that no row can hold before it writes', async () => {
    const asking = connector.asStored?.('accounts', 'x', { number: ['seven'], surname: ['x'] }, NEVER);

    expect(await failure(Promise.resolve(asking))).toMatchObject({
      code: 'invalid-attribute',
      attribute: 'number',
      effect: 'none',
    });
  });

  it('reads the same text whatever the role is set to', async () => {
    await admin.query(
      `alter role ${user} set datestyle = 'German'; alter role ${user} set timezone = 'Asia/Tokyo'`,
    );
    await admin.query(`alter role ${user} set bytea_output = 'escape'`);
    const value = {
      born: ['1815-12-10'],
      changed_at: ['2024-02-29 12:00:00+00'],
      blobs: [Buffer.from('a\\b')],
    };

    const ref = await create(value);
    const found = await connector.read('accounts', ref, Object.keys(value), NEVER);
    await admin.query(`alter role ${user} reset all`);

    expect(found?.attributes).toEqual({ ...value, blobs: [new Uint8Array(Buffer.from('a\\b'))] });
  });

  it.each<[string, Attributes, AttributeDelta, Attributes[string] | undefined]>([
    [
      'numbers',
      { numbers: ['1', '2', '3'] },
      { attribute: 'numbers', remove: ['2'], add: ['9'] },
      ['1', '3', '9'],
    ],
    [
      'what is there already',
      { tags: ['a'] },
      { attribute: 'tags', remove: [], add: ['a', 'b'] },
      ['a', 'b'],
    ],
    [
      'what is taken away and put back',
      { tags: ['a', 'b'] },
      { attribute: 'tags', remove: ['a'], add: ['a'] },
      ['b', 'a'],
    ],
    ['what was not there', { tags: ['a'] }, { attribute: 'tags', remove: ['x'], add: [] }, ['a']],
    ['nothing yet', {}, { attribute: 'tags', remove: ['x'], add: ['a'] }, ['a']],
    ['the last one', { tags: ['a'] }, { attribute: 'tags', remove: ['a'], add: [] }, undefined],
    [
      'the last one of a column that must be there',
      { required_tags: ['a'] },
      { attribute: 'required_tags', remove: ['a'], add: [] },
      undefined,
    ],
    [
      'all of a column that must be there',
      { required_tags: ['a'] },
      { attribute: 'required_tags', replace: [] },
      undefined,
    ],
    ['a single value', { short: ['a'] }, { attribute: 'short', remove: ['a'], add: ['b'] }, ['b']],
    ['a single value alone', { short: ['a'] }, { attribute: 'short', remove: ['a'], add: [] }, undefined],
    [
      'another single value than there is',
      { short: ['a'] },
      { attribute: 'short', remove: ['x'], add: [] },
      ['a'],
    ],
    ['a single number', { number: ['5'] }, { attribute: 'number', remove: ['5'], add: [] }, undefined],
  ])('adds and removes: %s', async (_what, before, delta, after) => {
    expect(await update(before, delta)).toEqual(after);
  });

  it('adds and removes bytes', async () => {
    const [one, two, three] = [Buffer.from([0, 255]), Buffer.from('\\x00'), Buffer.from('{"')];

    const after = await update({ blobs: [one, two] }, { attribute: 'blobs', remove: [one], add: [three] });

    expect(after).toEqual([new Uint8Array(two), new Uint8Array(three)]);
  });

  it.each<[string, Attributes, Partial<ConnectorError>]>([
    [
      'text in a number',
      { number: ['seven'], secret: [SECRET] },
      { code: 'invalid-attribute', attribute: 'number' },
    ],
    [
      'a text that is too long',
      { short: ['too long'], surname: ['x'] },
      { code: 'invalid-attribute', attribute: 'short' },
    ],
    ['an element that is too long', { tags: ['too long'] }, { code: 'invalid-attribute', attribute: 'tags' }],
    [
      'a word of no enumeration',
      { mood: ['bored'], secret: [SECRET] },
      { code: 'invalid-attribute', attribute: 'mood' },
    ],
    [
      'a broken date',
      { born: ['1815-02-30'], secret: [SECRET] },
      { code: 'invalid-attribute', attribute: 'born' },
    ],
    [
      'a forbidden number',
      { number: ['-1'], secret: [SECRET] },
      { code: 'invalid-attribute', attribute: 'number' },
    ],
    [
      'a forbidden pair',
      { short: ['same'], surname: ['same'] },
      { code: 'invalid-attribute', attribute: undefined },
    ],
    ['a unit that is not there', { unit: ['physics'] }, { code: 'parent-missing', attribute: 'unit' }],
    ['two values in one place', { short: ['a', 'b'] }, { code: 'invalid-attribute', attribute: 'short' }],
    [
      'bytes where text must be',
      { short: [Buffer.from([0xff])] },
      { code: 'invalid-attribute', attribute: 'short' },
    ],
    [
      'a column that the database writes',
      { lower_login: ['x'] },
      { code: 'invalid-attribute', attribute: 'lower_login' },
    ],
    ['another name than its own', { login: ['somebody'] }, { code: 'invalid-attribute', attribute: 'login' }],
  ])('names the column: %s', async (_what, attributes, expected) => {
    const error = await failure(create(attributes));

    expect(error).toMatchObject({ ...expected, effect: 'none' });
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain(SECRET);
  });

  it('names the column that must not be empty, and not the row’s values', async () => {
    const ref = await create({ secret: [SECRET] });

    const error = await failure(
      connector.update('accounts', ref, [{ attribute: 'surname', replace: [] }], NEVER),
    );

    expect(error).toMatchObject({ code: 'invalid-attribute', attribute: 'surname', effect: 'none' });
    expect(`${error.message} ${String(error.cause)}`).not.toContain(SECRET);
  });

  it('tells the same name from the same value of another unique column', async () => {
    const ref = await create({ email: ['a@example.org'] });

    const sameName = await failure(create({}, ref.identifier));
    const sameEmail = await failure(create({ email: ['a@example.org'] }));

    expect(sameName).toMatchObject({ code: 'already-exists' });
    expect(sameEmail).toMatchObject({ code: 'conflict', attribute: 'email' });
  });

  it('does not delete what others refer to', async () => {
    const boss = await create({});
    await create({ manager: [boss.identifier] });

    expect(await failure(connector.delete('accounts', boss, NEVER))).toMatchObject({ code: 'conflict' });
  });

  it('quotes whatever names a table and its columns have', async () => {
    const settings = { table: HOSTILE_TABLE, keyColumn: HOSTILE_COLUMN, idColumn: undefined };
    const strange = open(settings);
    const identifier = `'; delete from accounts; --`;

    const ref = await strange.create(HOSTILE_TABLE, identifier, { x: ['1'] }, NEVER);
    const renamed = await strange.rename(HOSTILE_TABLE, ref, '$2', NEVER);
    await strange.update(HOSTILE_TABLE, renamed, [{ attribute: 'x', replace: ['2'] }], NEVER);
    const found = await strange.read(HOSTILE_TABLE, renamed, ['x', HOSTILE_COLUMN], NEVER);
    await strange.delete(HOSTILE_TABLE, renamed, NEVER);

    expect(found?.attributes).toEqual({ x: ['2'], [HOSTILE_COLUMN]: ['$2'] });
  });

  it('learns of a new column without a restart', async () => {
    const ref = await create({});
    await admin.query('alter table accounts add column added_later text');

    await connector.update('accounts', ref, [{ attribute: 'added_later', replace: ['x'] }], NEVER);
    await admin.query('alter table accounts drop column added_later');
    const error = await failure(connector.read('accounts', ref, ['added_later'], NEVER));

    expect(error).toMatchObject({ code: 'invalid-attribute', attribute: 'added_later' });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['there is no such table', { table: 'nobody' }, 'misconfigured'],
    ['there is no such schema', { schema: 'nowhere' }, 'misconfigured'],
    ['there is no such database', { database: 'nowhere' }, 'misconfigured'],
    ['there is no such role', { user: 'nobody' }, 'invalid-credentials'],
    ['there is no such key column', { keyColumn: 'name' }, 'misconfigured'],
    ['the key column is not unique', { table: 'no_key', idColumn: undefined }, 'misconfigured'],
    ['the id column is not unique', { idColumn: 'surname' }, 'misconfigured'],
    ['the server has no TLS', { tls: true }, 'misconfigured'],
    ['the host is unknown', { host: 'no-such-host.invalid' }, 'unreachable'],
  ])('says so when %s', async (_what, config, code) => {
    expect(await failure(open(config).test(NEVER))).toMatchObject({ code, effect: 'none' });
  });

  it('says that it may not write', async () => {
    await admin.query(`revoke insert on accounts from ${user}`);
    const error = await failure(create({}));
    await admin.query(`grant insert on accounts to ${user}`);

    expect(error).toMatchObject({ code: 'permission-denied', effect: 'none' });
  });

  it('lets the server end a slow statement, so that nothing was done', async () => {
    const slow = open({ table: 'slow', idColumn: undefined }, 1_000);
    await slow.read('slow', { identifier: 'a', nativeId: null }, [], NEVER);

    const error = await failure(slow.create('slow', 'a', { seconds: ['30'] }, NEVER));

    expect(error).toMatchObject({ code: 'timeout', effect: 'none' });
    expect(await slow.read('slow', { identifier: 'a', nativeId: null }, [], NEVER)).toBeNull();
  });

  it('does not know what became of a statement whose session the server ended', async () => {
    const slow = open({ table: 'slow', idColumn: undefined });
    const call = failure(slow.create('slow', 'b', { seconds: ['30'] }, NEVER));
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and wait_event = 'PgSleep'`;
    const outcome = { isKnown: false };
    void call.then(() => (outcome.isKnown = true));
    while (!outcome.isKnown) await admin.query(end, [user]);

    expect(await call).toMatchObject({ code: 'unreachable', effect: 'unknown' });
  });

  it('notices a trigger that keeps the row out', async () => {
    const refusing = open({ table: 'refusing', idColumn: undefined });

    expect(await failure(refusing.create('refusing', 'a', {}, NEVER))).toMatchObject({ code: 'conflict' });
  });

  describe('encryption', () => {
    const NAME = 'database.example.org';
    let folder: string;
    const certificate = (name: string, days?: number) => issueCertificate(join(folder, name), name, days);
    const closing: (() => Promise<void>)[] = [];

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'provost-tls-'));
    });
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** The real server behind TLS: it hears in clear what was decrypted. */
    async function behindTls(server: ServerCertificate) {
      const forwardTo = Number(url.port);
      const tls = await startTlsServer(server, { greeting: Buffer.from('S'), forwardTo });
      closing.push(() => tls.close());
      return { ...tls, settings: { tls: true, host: NAME, port: tls.port } };
    }

    it('works with the name that was entered, whatever address it leads to', async () => {
      const server = certificate(`DNS:${NAME}`);
      const { settings, heard } = await behindTls(server);
      const encrypted = open({ ...settings, caCertificate: server.authority }, 10_000, localDialer);

      expect(await encrypted.test(NEVER)).toContain('(encrypted)');
      expect(Buffer.concat(heard).includes(user)).toBe(true);
    });

    it.each<[string, () => ReturnType<typeof issueCertificate>, boolean]>([
      ['for the address and not for the name', () => certificate('IP:127.0.0.1'), true],
      ['for another name', () => certificate('DNS:other.example.org'), true],
      ['that has expired', () => certificate(`DNS:${NAME}`, -1), true],
      ['of an authority that was not entered', () => certificate(`DNS:${NAME}`), false],
    ])('with a certificate %s ends before anything is sent', async (_what, issue, isEntered) => {
      const server = issue();
      const { settings, heard, count } = await behindTls(server);
      const authority = isEntered ? { caCertificate: server.authority } : {};

      const error = await failure(open({ ...settings, ...authority }, 10_000, localDialer).test(NEVER));

      expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
      expect([count(), heard]).toEqual([1, []]);
    });

    it('does not begin when more than the answer was sent in clear', async () => {
      const server = certificate(`DNS:${NAME}`);
      const greeting = Buffer.from('SR\0\0\0\u0008\0\0\0\0');
      const tls = await startTlsServer(server, { greeting });
      closing.push(() => tls.close());
      const settings = { tls: true, host: NAME, port: tls.port, caCertificate: server.authority };

      const error = await failure(open(settings, 10_000, localDialer).test(NEVER));

      expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
      expect(tls.heard).toEqual([]);
    });

    it('takes any certificate only when that is set for this system', async () => {
      const { settings } = await behindTls(certificate('DNS:other.example.org'));
      const insecure = { ...settings, insecure: 'unverified-certificate' };

      expect(await open(insecure, 10_000, localDialer).test(NEVER)).toContain('(encrypted)');
    });

    it('is not replaced by clear text when the server has none: it is not told who asks', async () => {
      const { hostname, port } = url;
      const proxy = await LossyProxy.start({ host: hostname, port: Number(port) });
      closing.push(() => proxy.stop());

      const error = await failure(open({ tls: true, port: proxy.port }).test(NEVER));

      expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
      expect(Buffer.concat(proxy.received).includes(user)).toBe(false);
    });
  });

  it('does not go where the dialer refuses to go', async () => {
    const denied = new Dialer({ allow: [], deny: ['127.0.0.0/8'], ports: ['1-65535'], isProduction: false });

    const error = await failure(open({}, 10_000, denied).test(NEVER));

    expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
    expect(error.message).toContain('PROVOST_DIALER_DENY');
  });

  it('does not work on Provost’s own database, whatever name leads to it', async () => {
    const [row] = (await admin.query<{ identity: string }>(DATABASE_IDENTITY)).rows;
    const context = connectorContext(
      { ownDatabase: () => Promise.resolve(row?.identity ?? '') },
      localDialer,
    );
    const settings = { host: 'database.example.org', port: Number(url.port), user, table: 'accounts' };
    const config = { ...settings, database: url.pathname.slice(1), keyColumn: 'login' };
    const own = sqlConnector.open(
      sqlConnector.config.parse(config),
      { password: new Secret(password) },
      context,
    );
    opened.push(own);

    const error = await failure(own.read('accounts', { identifier: 'a', nativeId: null }, [], NEVER));

    expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
    expect(error.message).toContain('own database');
  });
});
