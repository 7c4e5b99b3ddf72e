// The process behind the tests' databases: lives as long as jest is connected to it, then cleans up.
import { chmodSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrations } from '../../migrations/index.js';
import { removePostgres, startPostgres } from '../../src/embedded/postgres/index.js';
import { isAlive } from '../../src/embedded/process/index.js';
import { migrate } from '../../src/platform/database/index.js';
import type { ServerReport } from './global-setup.js';
import { TEMPLATE, TEST_PREFIX, withDatabase } from './postgres.js';

interface Server {
  readonly adminUrl: string;
  remove(): Promise<void>;
}

const DIRECTORY_PREFIX = 'provost-test-';
/** Held by the one test run that uses a server; an arbitrary number. */
const RUN_LOCK = 7_266_099;

await run().catch((error: unknown) => {
  report({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});

async function run(): Promise<void> {
  // Before anything can take time: a jest that is killed meanwhile must not be missed.
  const jestIsGone = process.connected
    ? new Promise((resolve) => process.once('disconnect', resolve))
    : Promise.resolve();
  const external = process.env['DATABASE_URL'];
  const server =
    external === undefined ? await startOwnServer() : { adminUrl: external, remove: async () => {} };
  try {
    const admin = new Client({ connectionString: server.adminUrl });
    await admin.connect();
    try {
      await takeServer(admin);
      await removeLeftDatabases(admin);
      await createTemplate(admin, server.adminUrl);
      report({ kind: 'ready', adminUrl: server.adminUrl });
      await jestIsGone;
      await removeLeftDatabases(admin);
    } finally {
      await admin.end();
    }
  } finally {
    await server.remove();
  }
}

async function startOwnServer(): Promise<Server> {
  await removeLeftServers();
  const directory = mkdtempSync(join(tmpdir(), `${DIRECTORY_PREFIX}${process.pid}-`));
  // The server may run as another account, which has to pass.
  chmodSync(directory, 0o711);
  const postgres = await startPostgres({ dataDirectory: directory, durable: false, log: () => {} });
  const remove = async (): Promise<void> => {
    await postgres.stop();
    await removePostgres(directory);
  };
  return { adminUrl: postgres.url, remove };
}

/** Of runs that were killed together with this process. */
async function removeLeftServers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${DIRECTORY_PREFIX}(\\d+)-`).exec(name)?.[1]);
    const directory = join(tmpdir(), name);
    if (!(pid > 0) || isAlive(pid) || statSync(directory).uid !== process.getuid?.()) continue;
    await removePostgres(directory);
  }
}

/** Two runs on one server would remove each other's databases. */
async function takeServer(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
    RUN_LOCK,
  ]);
  if (rows[0]?.taken !== true) {
    throw new Error(
      'another test run is using this server; wait for it, or give this run another DATABASE_URL',
    );
  }
}

async function removeLeftDatabases(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    'select datname as name from pg_database where datname = $1 or starts_with(datname, $2)',
    [TEMPLATE, TEST_PREFIX],
  );
  for (const { name } of rows) {
    await admin.query(`drop database if exists ${admin.escapeIdentifier(name)} with (force)`);
  }
}

async function createTemplate(admin: Client, adminUrl: string): Promise<void> {
  await admin.query(`create database ${TEMPLATE}`);
  await migrate({ url: withDatabase(adminUrl, TEMPLATE), migrations, log: () => {} });
  // A template that somebody is connected to cannot be copied.
  await admin.query(`alter database ${TEMPLATE} with allow_connections false`);
}

function report(message: ServerReport): void {
  if (process.connected) process.send?.(message);
}
