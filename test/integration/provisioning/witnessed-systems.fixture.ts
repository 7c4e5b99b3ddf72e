// Systems behind a proxy that loses answers, each with a witness of its own that records every change that was really made.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribute, Change as LdapChange, Client as LdapClient } from 'ldapts';
import { Client as PgClient } from 'pg';
import {
  type MappingsService,
  RoleMappingsService,
  type SystemsService,
} from '../../../src/provisioning/index.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import { createEmptyDatabase } from '../../support/postgres.js';
import { actor, type ProvisioningBundle } from '../../support/provisioning-bundle.js';
import { Slapd, SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../../support/slapd.js';

export type Change = 'add' | 'modify' | 'rename' | 'delete';
export type Request = Change | 'read' | 'other';

export interface WitnessedSystem {
  readonly proxy: LossyProxy;
  readonly settings: Parameters<SystemsService['create']>[1];
  readonly mapping: Parameters<MappingsService['create']>[2];
  /** The identifier of the account with this login. */
  identifierOf(login: string): string;
  /** What a client asked for in this piece of its conversation. */
  requestIn(chunk: Buffer): Request;
  /** Every change that was really made, in order. */
  changes(): Promise<Change[]>;
  /** What stands there, seen without the proxy. */
  find(login: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** An object that somebody else makes. */
  stand(login: string, values: Readonly<Record<string, string>>): Promise<void>;
  /** Somebody else removes an object. */
  remove(login: string): Promise<void>;
  close(): Promise<void>;
}

export interface WitnessedDirectory extends WitnessedSystem {
  /** Somebody else adds or deletes one value of `description`. */
  change(login: string, operation: 'add' | 'delete', value: string): Promise<void>;
}

/** Makes the system known, with a role that gives an account on it; answers the role's code. */
export async function giveByRole(bundle: ProvisioningBundle, system: WitnessedSystem): Promise<string> {
  const { id } = await bundle.systems.create(actor, system.settings);
  const mapping = await bundle.mappings.create(actor, id, system.mapping);
  const code = `role-${system.settings.name.toLowerCase()}`;
  const role = await bundle.roles.create(actor, { code, name: code });
  await bundle.whole.app.get(RoleMappingsService).add(actor, role.id, mapping.id);
  await bundle.settle();
  return code;
}

export interface NewestOperation {
  readonly state: string;
  /** How its attempts ended: unknown, executed, or the code of the failure. */
  readonly attempts: readonly string[];
  /** What it did, as the audit tells it. */
  readonly effects: readonly string[];
}

/** The newest operation of the identity's account. */
export async function newestOperation(
  bundle: ProvisioningBundle,
  identityId: string,
): Promise<NewestOperation> {
  const [row] = await bundle.database.query<NewestOperation>(
    `select
       coalesce((select q.state from queue_operations q where q.lane_id = o.lane_id and q.seq = o.seq),
                (select a.state from queue_archive a where a.lane_id = o.lane_id and a.seq = o.seq)) as state,
       array(select case when a.outcome in ('unknown', 'crashed') then 'unknown' else coalesce(a.code, a.outcome) end
             from queue_attempts a
             where a.lane_id = o.lane_id and a.seq = o.seq
               -- On a busy machine an attempt may run out of time, or its executor, before it sends anything.
               and (a.code is null or a.code not in ('deadline', 'executor-died') or exists (
                 select from queue_intents i
                 where i.lane_id = a.lane_id and i.seq = a.seq and i.attempt = a.attempt))
             order by a.ended_at) as attempts,
       array(select r.action from audit_records r
             where r.operation = 'o' || o.lane_id || '-' || o.seq order by r.id) as effects
     from provisioning_operations o where o.entity_id = $1 order by o.seq desc limit 1`,
    [identityId],
  );
  return row ?? { state: 'none', attempts: [], effects: [] };
}

export interface Account {
  readonly state: string;
  readonly identifier: string | null;
  readonly native_id: string | null;
}

export async function accountOf(bundle: ProvisioningBundle, identityId: string): Promise<Account> {
  const [row] = await bundle.database.query<Account>(
    'select state, identifier, native_id from provisioning_accounts where entity_id = $1',
    [identityId],
  );
  if (!row) throw new Error('There is no account yet.');
  return row;
}

/** What was done to the identity's account, as the audit tells it. */
export async function effectsOf(bundle: ProvisioningBundle, identityId: string): Promise<string[]> {
  const rows = await bundle.database.query<{ action: string }>(
    `select r.action from audit_records r
     join provisioning_accounts a on r.object_type = 'account' and r.object_id = a.id::text
     where a.entity_id = $1 order by r.id`,
    [identityId],
  );
  return rows.map(({ action }) => action);
}

/** Several values of one attribute. */
const PARTS_OF_PHONE = "default(identity.phone, '').split(' ')";

/** The tags of RFC 4511 §4. */
const LDAP_REQUESTS: Readonly<Record<number, Request>> = {
  0x63: 'read',
  0x66: 'modify',
  0x68: 'add',
  0x4a: 'delete',
  0x6c: 'rename',
};
const LOGGED: Readonly<Record<string, Change>> = {
  add: 'add',
  modify: 'modify',
  modrdn: 'rename',
  delete: 'delete',
};

/** OpenLDAP, whose accesslog overlay is the witness. */
export async function witnessedSlapd(): Promise<WitnessedDirectory> {
  const logFolder = mkdtempSync(join(tmpdir(), 'provost-accesslog-'));
  const slapd = await Slapd.start({
    global: `moduleload accesslog\ndatabase mdb\nsuffix cn=log\ndirectory ${logFolder}\nmaxsize 67108864\ndbnosync`,
    database: 'overlay accesslog\nlogdb cn=log\nlogops writes\nlogsuccess FALSE',
  });
  const proxy = await LossyProxy.start({ host: '127.0.0.1', port: slapd.port });
  const client = new LdapClient({ url: slapd.url });
  await client.bind(SLAPD_BIND_DN, SLAPD_PASSWORD);
  const identifierOf = (login: string): string => `uid=${login},${SLAPD_BASE}`;
  return {
    proxy,
    settings: {
      name: 'Slapd',
      connector: 'ldap',
      config: { url: `ldap://127.0.0.1:${proxy.port}`, bindDn: SLAPD_BIND_DN, baseDn: SLAPD_BASE },
      secrets: { password: SLAPD_PASSWORD },
    },
    mapping: {
      entityType: 'identity',
      objectClass: 'inetOrgPerson',
      identifierExpression: `rdn('uid', identity.login) + ',${SLAPD_BASE}'`,
      attributes: [
        { attribute: 'uid', expression: 'identity.login' },
        { attribute: 'cn', expression: 'identity.surname' },
        { attribute: 'sn', expression: 'identity.surname' },
        { attribute: 'title', expression: 'identity.title' },
        { attribute: 'description', expression: PARTS_OF_PHONE, isMultivalued: true },
      ],
    },
    identifierOf,
    requestIn: (chunk) => LDAP_REQUESTS[operationTag(chunk)] ?? 'other',
    changes: async () => {
      const { searchEntries } = await client.search('cn=log', {
        scope: 'one',
        filter: '(reqResult=0)',
        attributes: ['reqType', 'reqStart'],
      });
      return searchEntries
        .toSorted((left, right) => (String(left['reqStart']) < String(right['reqStart']) ? -1 : 1))
        .flatMap(({ reqType }) => LOGGED[String(reqType)] ?? []);
    },
    find: async (login) => {
      const { searchEntries } = await client.search(SLAPD_BASE, {
        filter: `(uid=${login})`,
        attributes: ['*', 'entryUUID'],
      });
      return searchEntries[0];
    },
    stand: (login, values) =>
      client.add(identifierOf(login), { objectClass: 'inetOrgPerson', uid: login, ...values }),
    remove: (login) => client.del(identifierOf(login)),
    change: (login, operation, value) => {
      const modification = new Attribute({ type: 'description', values: [value] });
      return client.modify(identifierOf(login), new LdapChange({ operation, modification }));
    },
    close: async () => {
      await client.unbind();
      await proxy.stop();
      await slapd.remove();
      rmSync(logFolder, { recursive: true });
    },
  };
}

/** The tag of the first operation in `chunk`: after the length of the message and its number. */
function operationTag(chunk: Buffer): number {
  const lengthBytes = (chunk[1] ?? 0) < 0x80 ? 0 : (chunk[1] ?? 0) & 0x7f;
  const numberBytes = chunk[3 + lengthBytes] ?? 0;
  return chunk[4 + lengthBytes + numberBytes] ?? 0;
}

const TABLE = `
  create table people (
    id uuid primary key default gen_random_uuid(),
    login text not null unique,
    surname text not null,
    title text,
    grade numeric(8, 2),
    since timestamptz,
    code character(6),
    parts text[]
  );
  create table witness (id bigint generated always as identity, change text not null);
  create function witness() returns trigger language plpgsql security definer as $$
    begin
      insert into witness (change) values (case
        when tg_op = 'INSERT' then 'add'
        when tg_op = 'DELETE' then 'delete'
        when old.login <> new.login then 'rename'
        else 'modify' end);
      return null;
    end $$;
  create trigger witness after insert or update or delete on people for each row execute function witness();
`;

/** A table of PostgreSQL, whose triggers are the witness. */
export async function witnessedTable(settings: {
  readonly name: string;
  /** Whether rows have an id that never changes. */
  readonly hasIds: boolean;
}): Promise<WitnessedSystem> {
  const database = await createEmptyDatabase();
  const url = new URL(database.url);
  const admin = new PgClient({ connectionString: database.url });
  await admin.connect();
  const user = `provost_test_${randomBytes(6).toString('hex')}`;
  const password = `p-${randomBytes(12).toString('hex')}`;
  await admin.query(`create role ${user} login password '${password}'`);
  await admin.query(TABLE);
  await admin.query(`grant select, insert, update, delete on people to ${user}`);
  const proxy = await LossyProxy.start({ host: '127.0.0.1', port: Number(url.port) });
  return {
    proxy,
    settings: {
      name: settings.name,
      connector: 'sql',
      config: {
        host: '127.0.0.1',
        port: proxy.port,
        database: url.pathname.slice(1),
        user,
        table: 'people',
        keyColumn: 'login',
        ...(settings.hasIds ? { idColumn: 'id' } : {}),
      },
      secrets: { password },
    },
    mapping: {
      entityType: 'identity',
      objectClass: 'people',
      identifierExpression: 'identity.login',
      attributes: [
        { attribute: 'surname', expression: 'identity.surname' },
        { attribute: 'title', expression: 'identity.title' },
        { attribute: 'grade', expression: "'7'" },
        { attribute: 'since', expression: "'2027-01-05T09:00:00+01:00'" },
        { attribute: 'code', expression: "'ab  '" },
        { attribute: 'parts', expression: PARTS_OF_PHONE, isMultivalued: true },
      ],
    },
    identifierOf: (login) => login,
    requestIn: (chunk) => {
      const text = chunk.toString('latin1');
      if (text.includes('insert into "public"."people"')) return 'add';
      if (text.includes('update "public"."people" set "login"')) return 'rename';
      if (text.includes('update "public"."people"')) return 'modify';
      if (text.includes('delete from "public"."people"')) return 'delete';
      return text.includes('from "public"."people"') ? 'read' : 'other';
    },
    changes: async () => {
      const { rows } = await admin.query<{ change: Change }>('select change from witness order by id');
      return rows.map(({ change }) => change);
    },
    find: async (login) => {
      const { rows } = await admin.query<Record<string, unknown>>('select * from people where login = $1', [
        login,
      ]);
      return rows[0];
    },
    stand: async (login, values) => {
      const columns = ['login', ...Object.keys(values)];
      const places = columns.map((_, index) => `$${index + 1}`);
      await admin.query(`insert into people (${columns.join(', ')}) values (${places.join(', ')})`, [
        login,
        ...Object.values(values),
      ]);
    },
    remove: async (login) => {
      await admin.query('delete from people where login = $1', [login]);
    },
    close: async () => {
      await proxy.stop();
      await admin.query('drop table people');
      await admin.query(`drop role ${user}`);
      await admin.end();
      await database.drop();
    },
  };
}
