import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { prepareAccountsDatabase } from '../../../seeds/demo-organisation/accounts-database.js';
import { demoPeople } from '../../../seeds/demo-organisation/people.js';
import { readPhoto } from '../../../seeds/demo-organisation/photos.js';
import { type DemoContext, type DemoReport, expectedAccounts, seedDemo } from '../../../seeds/demo.js';
import { AuditLog } from '../../../src/audit/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { Expressions } from '../../../src/platform/expressions/index.js';
import { SecretBox } from '../../../src/platform/secrets/index.js';
import { connectors } from '../../../src/plugins/connectors/index.js';
import { ConnectorCatalogue } from '../../../src/provisioning/connector/connector-catalogue.js';
import { EndpointGuard } from '../../../src/provisioning/connector/endpoint-guard.js';
import {
  type Connector,
  MappingsService,
  provisioningEntities,
  RoleMappingsService,
  type SystemConfiguration,
  SystemConnectors,
  SystemsService,
} from '../../../src/provisioning/index.js';
import { secretsPlace } from '../../../src/provisioning/system.entity.js';
import { Targets } from '../../../src/queue/index.js';
import { WakeUp } from '../../../src/queue/wake-up.js';
import {
  Attachments,
  FormAttributesService,
  FormValuesService,
  IdentitiesService,
  registryEntities,
  RoleAssignmentsService,
  RolesService,
} from '../../../src/registry/index.js';
import { testDialer } from '../../support/connector-context.js';
import { createTestDatabase, withDatabase } from '../../support/postgres.js';
import { actor, watchedEvents } from '../registry/registry.fixture.js';

const directory = {
  url: 'ldap://127.0.0.1:3890',
  baseDn: 'dc=example,dc=org',
  bindDn: 'cn=admin,dc=example,dc=org',
  password: 'not asked for here',
};

const nothing = {
  identities: 0,
  roles: 0,
  photos: 0,
  assignments: 0,
  systems: 0,
  mappings: 0,
  roleMappings: 0,
};
const everything = {
  identities: 200,
  roles: 12,
  photos: 200,
  assignments: demoPeople.flatMap(({ roles }) => roles).length,
  systems: 2,
  mappings: 2,
  roleMappings: 12,
};

/** Whatever a seed could leave behind. */
const TABLES = [
  'registry_form_attributes',
  'registry_roles',
  'registry_identities',
  'registry_role_assignments',
  'registry_form_values',
  'registry_attachments',
  'registry_attachment_chunks',
  'provisioning_systems',
  'provisioning_mappings',
  'provisioning_attribute_mappings',
  'provisioning_role_mappings',
  'queue_targets',
  'queue_operations',
  'audit_records',
];

const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

interface Bundle {
  readonly context: DemoContext;
  readonly reader: Database;
  readonly url: string;
  readonly targetUrl: string;
  /** Every row of every table, but for the order. */
  readonly rows: () => Promise<Record<string, string[]>>;
  /** Uses what the demo database's system is connected with. */
  readonly withConnector: (
    work: (connector: Connector, signal: AbortSignal) => Promise<void>,
  ) => Promise<void>;
  readonly systemNamed: (name: string) => Promise<SystemConfiguration>;
  readonly password: () => Promise<string>;
}

async function setup(): Promise<Bundle> {
  const own = await createTestDatabase();
  const { url } = own;
  cleanups.push(() => own.drop());
  const target = `${new URL(url).pathname.slice(1)}_demo_target`;
  cleanups.push(() =>
    run(url, `drop database if exists ${target} with (force)`, `drop role if exists ${target}`),
  );
  const reader = new Database({
    url,
    applicationName: 'test',
    poolSize: 10,
    statementTimeoutMs: 15_000,
    entities: [...registryEntities, ...provisioningEntities],
  });
  await reader.connect();
  cleanups.push(() => reader.close());
  const watched = await watchedEvents(url);
  const { events } = watched;
  cleanups.push(() => watched.close());
  const audit = new AuditLog();
  const secrets = new SecretBox(Buffer.alloc(32, 1));
  const catalogue = new ConnectorCatalogue(connectors);
  const guard = new EndpointGuard(testDialer, reader, { isProduction: false });
  const systemConnectors = new SystemConnectors(catalogue, secrets, guard, reader, audit);
  const expressions = new Expressions({ log: { warn: () => undefined, error: () => undefined } });
  const roles = new RolesService(reader, audit, events);
  const attachments = new Attachments(reader);
  const formAttributes = new FormAttributesService(reader, audit);
  const targets = new Targets(reader, new WakeUp(url));
  const systemNamed: Bundle['systemNamed'] = async (name) => {
    const [system] = await reader.query<SystemConfiguration>(
      `select id, name, connector, config, sealed_secrets as "sealedSecrets", version
       from provisioning_systems where name = $1`,
      [name],
    );
    if (!system) throw new Error(`There is no system ${name}.`);
    return system;
  };
  return {
    reader,
    url,
    targetUrl: withDatabase(url, target),
    context: {
      reader,
      roles,
      formAttributes,
      identities: new IdentitiesService(reader, audit, events, roles, attachments),
      roleAssignments: new RoleAssignmentsService(reader, audit, events),
      formValues: new FormValuesService(reader, audit, events, formAttributes, attachments),
      systems: new SystemsService(reader, audit, events, targets, catalogue, secrets, guard),
      mappings: new MappingsService(reader, audit, events, expressions),
      roleMappings: new RoleMappingsService(reader, audit, events, roles),
      directory,
      database: { url },
    },
    rows: async () => {
      const tables: Record<string, string[]> = {};
      for (const table of TABLES) {
        const found = await reader.query<{ text: string }>(`select t::text as text from ${table} t`);
        tables[table] = found.map(({ text }) => text).toSorted();
      }
      return tables;
    },
    systemNamed,
    withConnector: async (work) => {
      const connector = await systemConnectors.open(await systemNamed('Demo database'));
      try {
        await work(connector, AbortSignal.timeout(20_000));
      } finally {
        await connector.close();
      }
    },
    password: async () => {
      const { id, sealedSecrets } = await systemNamed('Demo database');
      const opened: unknown = JSON.parse(secrets.open(sealedSecrets, secretsPlace(id)));
      return (opened as { password: string }).password;
    },
  };
}

async function run(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('seeding the demo organisation', () => {
  let bundle: Bundle;
  let report: DemoReport;

  beforeAll(async () => {
    bundle = await setup();
    report = await seedDemo(bundle.context);
  });

  it('plants everything once, and nothing the second time', async () => {
    const { context, rows } = bundle;
    expect(report).toEqual({ created: everything, present: nothing });
    const first = await rows();
    expect(first['registry_attachments']).toHaveLength(200);
    expect(await seedDemo(context)).toEqual({ created: nothing, present: everything });
    expect(await rows()).toEqual(first);
  });

  it('entitles to as many accounts as are expected', async () => {
    const accounts = await bundle.reader.query<{ name: string; accounts: number }>(
      `select system.name, count(distinct assignment.identity_id) as accounts
       from provisioning_systems system
       join provisioning_mappings mapping on mapping.system_id = system.id
       join provisioning_role_mappings given on given.mapping_id = mapping.id
       join registry_role_assignments assignment on assignment.role_id = given.role_id
       group by system.name`,
    );
    expect(Object.fromEntries(accounts.map((row) => [row.name, row.accounts]))).toEqual(expectedAccounts());
  });

  it('changes every person twice: with roles, then with a photo', async () => {
    const changes = await bundle.reader.query<{ actions: string; people: number }>(
      `select person.actions, count(*) as people
       from (select string_agg(action, ', ' order by id) as actions from audit_records
             where object_type = 'identity' and actor = 'system' group by object_id) person
       group by person.actions`,
    );
    expect(changes).toEqual([{ actions: 'identity.created, identity.form-value-set', people: 200 }]);
    const [announced] = await bundle.reader.query<{ events: number }>(
      `select count(*) as events from queue_operations where payload->>'topic' = 'identity'`,
    );
    expect(announced?.events).toBe(400);
  });

  it('stores the photos byte by byte', async () => {
    const stored = await bundle.reader.query<{ login: string; bytes: Buffer }>(
      `select identity.login, chunk.bytes from registry_identities identity
       join registry_form_values value on value.entity_id = identity.id
       join registry_attachment_chunks chunk on chunk.sha256 = value.sha256`,
    );
    expect(stored).toHaveLength(200);
    for (const { login, bytes } of stored) expect(bytes.equals(await readPhoto(login))).toBe(true);
  });

  it('goes on where an earlier run broke off', async () => {
    const { context } = await setup();
    let photos = 0;
    const { formValues } = context;
    const failing: Pick<FormValuesService, 'put'> = {
      put: (...given) => {
        photos += 1;
        if (photos > 50) throw new Error('the disk is full');
        return formValues.put(...given);
      },
    };
    const broken = { ...context, formValues: failing as FormValuesService };
    await expect(seedDemo(broken)).rejects.toThrow('the disk is full');
    // What was begun has ended, and nothing more was begun.
    expect(photos).toBeLessThanOrEqual(58);
    const { created, present } = await seedDemo(context);
    expect(present.photos).toBe(50);
    expect(created.photos).toBe(150);
    expect(created.identities + present.identities).toBe(200);
    expect(created.assignments + present.assignments).toBe(everything.assignments);
  });

  describe('again', () => {
    it('adds what somebody removed, and leaves alone what somebody changed', async () => {
      const { context, reader } = bundle;
      const idOf = async (table: string, column: string, value: string): Promise<string> => {
        const [row] = await reader.query<{ id: string }>(`select id from ${table} where ${column} = $1`, [
          value,
        ]);
        return row?.id ?? '';
      };
      const changed = await idOf('registry_identities', 'login', 'epapadaki');
      const bare = await idOf('registry_identities', 'login', 'blee');
      const gone = await idOf('registry_identities', 'login', 'co');
      const { version } = await context.identities.update(actor, changed, { surname: 'Newname' });
      await context.formValues.clear(actor, bare, 'photo');
      await context.roleAssignments.unassign(actor, bare, await idOf('registry_roles', 'code', 'student'));
      await context.identities.delete(actor, gone);

      const { created } = await seedDemo(context);
      expect(created).toEqual({ ...nothing, identities: 1, photos: 2, assignments: 3 });
      expect(await context.identities.get(changed)).toMatchObject({ surname: 'Newname', version });
    });

    it('finds a directory that came back at another port', async () => {
      const { context, systemNamed } = bundle;
      const before = await systemNamed('Demo directory');
      const url = 'ldap://127.0.0.1:3891';
      expect((await seedDemo({ ...context, directory: { ...directory, url } })).created).toEqual(nothing);
      const after = await systemNamed('Demo directory');
      expect(after).toMatchObject({ id: before.id, version: before.version + 1 });
      expect(after.config).toEqual({ ...before.config, url });
    });

    it('finds a database that came back at another address, with a new password for it', async () => {
      const { context, reader, systemNamed, password, withConnector } = bundle;
      const old = await password();
      await reader.query(
        `update provisioning_systems set config = config || '{"port": 5}' where name = 'Demo database'`,
      );
      expect((await seedDemo(context)).created).toEqual(nothing);
      expect((await systemNamed('Demo database')).config['port']).not.toBe(5);
      expect(await password()).not.toBe(old);
      await withConnector(async (connector, signal) => {
        expect(await connector.test(signal)).toContain('has 6 columns');
      });
    });

    it('gives the demo database a new password when no system knows the old one', async () => {
      const { context, reader, withConnector, password } = bundle;
      const old = await password();
      await reader.query('delete from provisioning_role_mappings');
      await reader.query('delete from provisioning_attribute_mappings');
      await reader.query('delete from provisioning_mappings');
      await reader.query('delete from provisioning_systems');
      await reader.query(`delete from queue_targets where name like 'system:%'`);

      const { created } = await seedDemo(context);
      expect(created).toEqual({ ...nothing, systems: 2, mappings: 2, roleMappings: 12 });
      expect(await password()).not.toBe(old);
      await withConnector(async (connector, signal) => {
        expect(await connector.test(signal)).toContain('has 6 columns');
      });
    });

    it('makes the demo database again when it is gone', async () => {
      const { context, url, targetUrl, withConnector } = bundle;
      const target = new URL(targetUrl).pathname.slice(1);
      await run(url, `drop database ${target} with (force)`, `drop role ${target}`);
      expect((await seedDemo(context)).created).toEqual(nothing);
      await withConnector(async (connector, signal) => {
        expect(await connector.test(signal)).toContain('has 6 columns');
      });
    });
  });

  it('lets the connector keep accounts in the demo database', async () => {
    const photo = await readPhoto('btables');
    const attributes = {
      login: ['btables'],
      full_name: ["Robin'); drop table accounts;-- Tables"],
      roles: ['student', 'library-user'],
      photo: [new Uint8Array(photo)],
      is_active: ['true'],
    };
    await bundle.withConnector(async (connector, signal) => {
      const ref = await connector.create('accounts', 'btables', attributes, signal);
      const found = await connector.read('accounts', ref, Object.keys(attributes), signal);
      expect(found?.attributes).toEqual(attributes);
      await connector.delete('accounts', ref, signal);
    });
  });

  it('lets the role of the demo database change rows and nothing else', async () => {
    const login = new URL(bundle.targetUrl);
    login.username = login.pathname.slice(1);
    login.password = await bundle.password();
    await run(login.href, 'select from accounts');
    await expect(run(login.href, 'create table other ()')).rejects.toThrow('permission denied');
    await expect(run(login.href, 'drop table accounts')).rejects.toThrow('must be owner');
    await expect(run(login.href, 'create role another')).rejects.toThrow('permission denied');
    const own = withDatabase(login.href, new URL(bundle.url).pathname.slice(1));
    await expect(run(own, 'select from registry_identities')).rejects.toThrow('permission denied');
  });

  it('says who may not make the demo database, and what to do', async () => {
    const { url } = bundle;
    const role = `weak_${randomBytes(4).toString('hex')}`;
    await run(url, `create role ${role} login password 'weak'`);
    const weak = new URL(url);
    weak.username = role;
    weak.password = 'weak';
    const refused = expect(prepareAccountsDatabase(weak.href, { isPasswordKnown: false })).rejects;
    await refused.toThrow(`alter role "${role}" createdb createrole; then seed again.`);
    await run(url, `drop role ${role}`);
  });

  it('refuses a name that PostgreSQL would cut off', async () => {
    const url = `postgresql://127.0.0.1:1/${'ü'.repeat(30)}`;
    const refused = expect(prepareAccountsDatabase(url, { isPasswordKnown: false })).rejects;
    await refused.toThrow('is too long for a database');
  });
});
