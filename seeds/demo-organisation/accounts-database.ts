// The database that the system "Demo database" writes to: made on Provost's own server, with a role of its own that
// may do nothing but change the rows of one table.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { isLocalHost } from '../../src/platform/dialer/index.js';
import { TABLE } from './systems.js';

/** For the SQL connector. */
interface AccountsConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly table: string;
  readonly keyColumn: string;
  /** The demo takes a server as it is. */
  readonly insecure?: 'clear-text';
}

export interface AccountsDatabase {
  readonly config: AccountsConfig;
  /** Of the role, when it was set just now; an older one is known to its system alone. */
  readonly password: string | null;
}

const COLUMNS = `
  login text primary key,
  full_name text not null,
  email text,
  roles text[] not null default '{}',
  photo bytea,
  is_active boolean not null`;

/** PostgreSQL cuts longer names off. */
const LONGEST_NAME_BYTES = 63;
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Makes what is missing: `<name of the database>_demo_target`, its role, its table.
 * @param url Provost's own database, whose role may create databases and roles
 * @param isPasswordKnown false when no system has the role's password: it gets a new one
 */
export async function prepareAccountsDatabase(
  url: string,
  { isPasswordKnown }: { readonly isPasswordKnown: boolean },
): Promise<AccountsDatabase> {
  const config = accountsConfig(url);
  const { database: name } = config;
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new Error(`${name} is too long for a database. Seed the demo from a database with a shorter name.`);
  }
  const password = await withClient(url, (client) => ensureRoleAndDatabase(client, name, isPasswordKnown));
  const target = new URL(url);
  target.pathname = `/${encodeURIComponent(name)}`;
  await withClient(target.href, (client) => ensureTable(client, name));
  return { config, password };
}

/** @param url Provost's own database */
export function accountsConfig(url: string): AccountsConfig {
  const server = new URL(url);
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const name = `${decodeURIComponent(server.pathname.slice(1))}_demo_target`;
  return {
    host,
    port: Number(server.port || 5432),
    database: name,
    user: name,
    table: TABLE,
    keyColumn: 'login',
    ...(isLocalHost(host) ? {} : { insecure: 'clear-text' }),
  };
}

async function ensureRoleAndDatabase(
  client: Client,
  name: string,
  isPasswordKnown: boolean,
): Promise<string | null> {
  const { rows } = await client.query<{ role: boolean; database: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as role,
            exists (select from pg_database where datname = $1) as database`,
    [name],
  );
  const { role, database } = rows[0] ?? { role: false, database: false };
  const quoted = client.escapeIdentifier(name);
  const password = role && isPasswordKnown ? null : randomBytes(24).toString('base64url');
  try {
    if (password !== null) {
      const verb = role ? 'alter' : 'create';
      await client.query(`${verb} role ${quoted} login password ${client.escapeLiteral(password)}`);
    }
    if (!database) await client.query(`create database ${quoted}`);
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new Error(
      `The demo keeps accounts in a database and a role of its own, ${name}, which the role ${client.user} may not ` +
        `make. Let it: alter role ${client.escapeIdentifier(client.user ?? '')} createdb createrole; then seed again.`,
      { cause: error },
    );
  }
  return password;
}

async function ensureTable(client: Client, name: string): Promise<void> {
  const quoted = client.escapeIdentifier(name);
  await client.query(
    `begin;
     create table if not exists public.${TABLE} (${COLUMNS});
     grant select, insert, update, delete on public.${TABLE} to ${quoted};
     revoke connect on database ${quoted} from public;
     grant connect on database ${quoted} to ${quoted};
     commit`,
  );
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // Without a listener, a server that ends meanwhile would end this process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
