// Brings a database to this version's schema: forward only, one process at a time, each migration in its own transaction.
import { Client } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type MigrationInterface } from 'typeorm';
import { applyGrants, type RoleGrants } from './grants.js';

export type MigrationClass = new () => MigrationInterface;

const TABLE = 'platform_migrations';
/** Held by the one process that migrates. An arbitrary number, the same in every version. */
const LOCK = 7_266_001;
const INSUFFICIENT_PRIVILEGE = '42501';

/** The database's schema is not the one this version works with. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

export interface SchemaState {
  /** Migrations of this version that the database lacks, in order. */
  readonly pending: readonly string[];
  /** Migrations in the database that this version does not know: it is newer. */
  readonly unknown: readonly string[];
}

/** Compares the database at `url` with this version's migrations; reads only. */
export async function schemaState(url: string, migrations: readonly MigrationClass[]): Promise<SchemaState> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await readState(client, migrations);
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new SchemaError(
      `The role ${client.user} may not read this database. Run: npm run migrate, which gives it its rights ` +
        '(on a database of your own as the owner, by PROVOST_DATABASE_MIGRATE_URL).',
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

export interface MigrateOptions {
  /** Connects the role that owns the tables. */
  readonly url: string;
  readonly migrations: readonly MigrationClass[];
  /** The role that serves, and what it may do; left out when the owner serves. */
  readonly serving?: { readonly role: string; readonly grants: RoleGrants } | undefined;
  readonly log: (message: string) => void;
}

/**
 * Applies what is missing, gives the serving role its rights, and returns the names applied.
 * @throws SchemaError when the database was migrated by a newer version.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { url, serving, log } = options;
  const holder = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'provost migrate',
  });
  await holder.connect();
  try {
    await takeLock(holder, log);
    const applied = await applyPending(holder, options);
    if (serving !== undefined) await applyGrants(holder, serving.role, serving.grants);
    return applied;
  } finally {
    await holder.end();
  }
}

async function applyPending(holder: Client, { url, migrations, log }: MigrateOptions): Promise<string[]> {
  const state = await readState(holder, migrations);
  if (state.unknown.length > 0) {
    throw new SchemaError(
      `This database was migrated by a newer version of Provost (unknown: ${state.unknown.join(', ')}). ` +
        'Start that version, or restore a backup taken before the upgrade.',
    );
  }
  if (state.pending.length === 0) return [];
  log(`applying ${state.pending.length} migration(s): ${state.pending.join(', ')}`);
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'provost migrate',
    migrations: [...migrations],
    migrationsTableName: TABLE,
    migrationsTransactionMode: 'each',
    // A migration that cannot get its lock soon gives up, rather than queue everybody behind it.
    extra: { lock_timeout: 5_000 },
  });
  await dataSource.initialize();
  try {
    return (await dataSource.runMigrations({ transaction: 'each' })).map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

/** Polls: a session that waits inside PostgreSQL would hold a snapshot, and CREATE INDEX CONCURRENTLY waits for those. */
async function takeLock(client: Client, log: (message: string) => void): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      LOCK,
    ]);
    if (rows[0]?.taken) return;
    if (tries === 0) log('another process is migrating this database; waiting for it');
    await delay(200);
  }
}

async function readState(client: Client, migrations: readonly MigrationClass[]): Promise<SchemaState> {
  const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
    TABLE,
  ]);
  const applied = rows[0]?.exists
    ? (await client.query<{ name: string }>(`select name from ${TABLE} order by timestamp`)).rows.map(
        ({ name }) => name,
      )
    : [];
  const known = migrations.map((migration) => migration.name);
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}
