import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { servingGrants } from '../../../migrations/grants.js';
import { migrations } from '../../../migrations/index.js';
import {
  Database,
  migrate,
  Partitions,
  schemaState,
  weakDatabaseSettings,
} from '../../../src/platform/database/index.js';
import { QueueFigures, QueueRuntime } from '../../../src/queue/index.js';
import { IdentitiesService } from '../../../src/registry/index.js';
import { Schedules } from '../../../src/schedule/index.js';
import { createTestDatabase, withDatabase } from '../../support/postgres.js';
import { untilSettled } from '../../support/queue-bundle.js';
import { root } from '../../support/repository.js';
import { startWholeApp, type WholeApp } from '../../support/whole-app.js';
import { createServingRole, type ServingRole } from './serving-role.fixture.js';

const GOLDEN = `${root}/migrations/grants.txt`;
const REFUSED = '42501';
const actor = { name: 'test', requestId: null } as const;

let serving: ServingRole;
let owner: Client;
let client: Client;

beforeAll(async () => {
  serving = await createServingRole();
  [owner, client] = [
    new Client({ connectionString: serving.ownerUrl }),
    new Client({ connectionString: serving.url }),
  ];
  await owner.connect();
  await client.connect();
  await client.query(`select platform_make_partition('queue_attempts', '2030-01-01')`);
});

afterAll(async () => {
  await client.end();
  await owner.end();
  await serving.drop();
});

describe('the role that serves', () => {
  it('has the rights that migrations/grants.txt lists (renew it with UPDATE_SCHEMA=1 and read the difference)', async () => {
    const now = await describeRights(owner, serving.role);
    if (process.env['UPDATE_SCHEMA'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, now);
    expect(now).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('is told of every table there is, and of no other', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const named = Object.keys(servingGrants.tables).filter((name) => !name.endsWith('_seq'));
    expect(named.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
  });

  it('calls no function of the owner but those that are named, and neither does anybody else', async () => {
    const { rows } = await owner.query<{ name: string; isPublic: boolean; path: string[] | null }>(
      `select oid::regprocedure::text as name, proconfig as path,
              coalesce(exists (select from aclexplode(proacl) acl where acl.grantee = 0), false) or proacl is null as "isPublic"
       from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
    );
    expect(rows.map(({ name }) => name.replaceAll(',', ', ')).toSorted()).toEqual(
      servingGrants.functions.toSorted(),
    );
    for (const { name, isPublic, path } of rows) {
      // With pg_temp last, nothing that the caller made can stand in for what the function means.
      expect({
        name,
        isPublic,
        path: path?.find((setting) => setting.startsWith('search_path=')),
      }).toMatchObject({
        isPublic: false,
        path: expect.stringMatching(/search_path=.*pg_temp$/),
      });
    }
  });

  it.each([
    ['change an audit record', `update audit_records set actor = 'nobody'`],
    ['delete audit records', 'delete from audit_records'],
    ['empty the audit', 'truncate audit_records'],
    ['lock audit records against others', 'select from audit_records for update'],
    ['unseal the audit', 'delete from audit_seals'],
    ['empty any table', 'truncate queue_archive'],
    ['rewrite history of the queue', 'delete from queue_archive'],
    ['make a table', 'create table mine (id integer)'],
    ['make a temporary table', 'create temporary table mine (id integer)'],
    ['make a schema', 'create schema mine'],
    ['make a function', `create function mine() returns integer language sql as 'select 1'`],
    ['change a table', 'alter table queue_lanes add column mine integer'],
    ['drop a table', 'drop table queue_lanes'],
    ['take the audit from its trigger', 'alter table audit_records disable trigger all'],
    ['switch triggers off', `set session_replication_role = 'replica'`],
    ['say that a migration ran', `insert into platform_migrations (timestamp, name) values (1, 'mine')`],
    ['list a table for partitions', `insert into platform_partitioned_tables values ('audit_records')`],
    ['change the check value of a key', `update platform_secret_keys set check_value = ''`],
    ['read a partition past its table', 'select * from queue_attempts_p20300101'],
    ['make a partition of any table', `select platform_make_partition('audit_records', '2030-01-01')`],
    ['read the passwords of roles', 'select rolpassword from pg_authid'],
    ['read the options of foreign servers', 'select umoptions from pg_user_mapping'],
    ['read a file of the server', `select pg_read_file('PG_VERSION')`],
    ['run a program on the server', `copy (select 1) to program 'true'`],
    ['become the owner', 'set role OWNER'],
    ['make a role', 'create role mine'],
    ['make a database', 'create database mine'],
  ])('may not %s', async (_what, statement) => {
    const { rows } = await owner.query<{ name: string }>('select current_user as name');
    const text = statement.replace('OWNER', rows[0]?.name ?? '');
    await expect(client.query(text)).rejects.toMatchObject({ code: REFUSED });
  });

  it('keeps nothing that somebody gave it besides', async () => {
    await owner.query(`
      grant all on queue_archive to ${serving.role};
      grant update (actor) on audit_records to ${serving.role};
      grant create on schema public to ${serving.role}`);
    await serving.grant();
    expect(await describeRights(owner, serving.role)).toBe(readFileSync(GOLDEN, 'utf8'));
    await expect(client.query('create table mine (id integer)')).rejects.toMatchObject({ code: REFUSED });
  });
});

describe('without the rights', () => {
  it('a start says that migrate gives them', async () => {
    const other = await createTestDatabase();
    try {
      const url = withDatabase(serving.url, new URL(other.url).pathname.slice(1));
      await expect(schemaState(url, migrations)).rejects.toThrow('npm run migrate');
    } finally {
      await other.drop();
    }
  });

  it('a role that does not exist is named', async () => {
    const role = 'provost_test_nobody';
    await expect(
      migrate({
        url: serving.ownerUrl,
        migrations,
        serving: { role, grants: servingGrants },
        log: () => undefined,
      }),
    ).rejects.toThrow(`"${role}" of DATABASE_URL does not exist`);
  });
});

describe('the whole application as that role', () => {
  let whole: WholeApp;

  beforeAll(async () => {
    whole = await startWholeApp(serving.url, { PROVOST_QUEUE_TIME_FACTOR: '0.2' });
    await whole.app.get(QueueRuntime).start();
  }, 30_000);

  afterAll(async () => whole.close());

  it('has made the partitions it needs', async () => {
    const { rows } = await owner.query(
      `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'queue_archive'::regclass`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(16);
    await owner.query(`drop table ${(rows[0] as { relname: string }).relname}`);
    await whole.app.get(Partitions).ensure();
    const { rows: again } = await owner.query(
      `select from pg_inherits where inhparent = 'queue_archive'::regclass`,
    );
    expect(again).toHaveLength(rows.length);
  });

  it('creates an identity, and its worker carries out what follows', async () => {
    const identities = whole.app.get(IdentitiesService);
    const { id } = await identities.create(actor, { login: 'anna.nova', givenName: 'Anna', surname: 'Nova' });
    const archived = async (): Promise<{ kind: string; state: string }[]> =>
      whole.app
        .get(Database)
        .query(`select kind, state from queue_archive where payload::text like '%' || $1 || '%'`, [id]);
    await untilSettled(whole.app.get(QueueFigures), async () => (await archived()).length > 0);
    expect(await archived()).toContainEqual({ kind: 'account-management', state: 'EXECUTED' });
  });

  it('runs a schedule', async () => {
    const runId = await whole.app.get(Schedules).runNow('RetryProvisioningTaskExecutor', actor);
    const { rows } = await owner.query('select outcome from schedule_runs where id = $1', [runId]);
    expect(rows).toEqual([{ outcome: 'succeeded' }]);
  });

  it('has no weak setting to tell of, and tells when the owner serves', async () => {
    expect(await weakDatabaseSettings(whole.app.get(Database))).toEqual([]);
    const asOwner = new Database({
      url: serving.ownerUrl,
      applicationName: 'test',
      poolSize: 1,
      statementTimeoutMs: 5_000,
    });
    await asOwner.connect();
    try {
      expect(await weakDatabaseSettings(asOwner)).toEqual([expect.stringContaining('owns the tables')]);
    } finally {
      await asOwner.close();
    }
  });
});

/** One line a right, the same on every supported PostgreSQL. */
async function describeRights(connection: Client, role: string): Promise<string> {
  const { rows } = await connection.query<{ line: string }>(
    `select line from (
       select c.relname || ': ' || string_agg(lower(acl.privilege_type), ', ' order by acl.privilege_type) as line
       from pg_class c, aclexplode(c.relacl) acl
       where acl.grantee = $1::regrole and c.relnamespace = 'public'::regnamespace
       group by c.relname
       union all
       select c.relname || '.' || a.attname || ': ' || string_agg(lower(acl.privilege_type), ', ' order by acl.privilege_type)
       from pg_class c join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) acl
       where acl.grantee = $1::regrole and c.relnamespace = 'public'::regnamespace
       group by c.relname, a.attname
       union all
       select f.oid::regprocedure || ': ' || lower(acl.privilege_type)
       from pg_proc f, aclexplode(f.proacl) acl
       where acl.grantee = $1::regrole and f.pronamespace = 'public'::regnamespace
       union all
       select 'schema public: ' || lower(acl.privilege_type)
       from pg_namespace n, aclexplode(n.nspacl) acl
       where acl.grantee = $1::regrole and n.nspname = 'public'
       union all
       select 'database: ' || lower(acl.privilege_type)
       from pg_database d, aclexplode(d.datacl) acl
       where acl.grantee = $1::regrole and d.datname = current_database()
     ) rights order by line collate "C"`,
    [role],
  );
  return rows.map(({ line }) => `${line}\n`).join('');
}
