// Databases for tests, each a spec's own, on the server that the global setup prepared.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** What the global setup hands to the workers: the URL of a role that may create databases. */
export const ADMIN_URL_VARIABLE = 'TEST_DATABASE_URL';
/** The migrated database that test databases are copies of. */
export const TEMPLATE = 'provost_template';
/** Begins the name of every test database; the next run removes what is left of them. */
export const TEST_PREFIX = 'provost_test_';

export interface TestDatabase {
  /** Connects the owner of this database. */
  readonly url: string;
  /** Removes the database, with whatever is still connected to it. */
  readonly drop: () => Promise<void>;
}

/** A database of its own with this version's schema and no rows. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(`template ${TEMPLATE}`);
}

/** A copy of what is in the database at `url`, as a restored backup is. Nobody may be connected to it. */
export function copyTestDatabase(url: string): Promise<TestDatabase> {
  return create(`template ${new URL(url).pathname.slice(1)}`);
}

/** A database of its own without any table, for what migrates by itself. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('');
}

async function create(source: string): Promise<TestDatabase> {
  const admin = process.env[ADMIN_URL_VARIABLE];
  if (admin === undefined) {
    throw new Error(
      `${ADMIN_URL_VARIABLE} is not set: run this spec in a jest project with test/support/global-setup.ts.`,
    );
  }
  const name = `${TEST_PREFIX}${randomBytes(6).toString('hex')}`;
  await execute(admin, `create database ${name} ${source}`);
  return {
    url: withDatabase(admin, name),
    drop: async () => {
      try {
        await execute(admin, `drop database if exists ${name} with (force)`);
      } catch (error) {
        // A vacuum of the server's own is at work there: it may not be ended by us, but it gives way by itself.
        if ((error as { code?: unknown }).code !== '42501') throw error;
        await execute(admin, `drop database if exists ${name}`);
      }
    },
  };
}

/** The same server and role, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
