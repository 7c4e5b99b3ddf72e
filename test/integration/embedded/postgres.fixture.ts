// What the specs of the embedded PostgreSQL share: a folder of their own, a cluster in it, other processes.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, type QueryResultRow } from 'pg';
import {
  type EmbeddedPostgres,
  removePostgres,
  startPostgres,
  type StartPostgresOptions,
} from '../../../src/embedded/postgres/index.js';
import type { HolderReport } from './postgres-holder.js';

export const SOURCES = join(import.meta.dirname, '..', '..', '..');

export interface PostgresFixture {
  /** The folder of all that the spec creates; other users may pass through it. */
  readonly root: string;
  /** A cluster that has been started once, for the cases that need nothing special. */
  readonly shared: string;
  /** What starts in this process have logged. */
  readonly messages: string[];
  readonly start: (dataDirectory: string, more?: Partial<StartPostgresOptions>) => Promise<EmbeddedPostgres>;
  readonly close: () => Promise<void>;
}

export async function openFixture(): Promise<PostgresFixture> {
  const root = mkdtempSync(join(tmpdir(), 'provost-postgres-'));
  chmodSync(root, 0o711);
  const shared = join(root, 'shared');
  const messages: string[] = [];
  const start: PostgresFixture['start'] = (dataDirectory, more) =>
    startPostgres({ dataDirectory, durable: false, log: (message) => void messages.push(message), ...more });
  const close = async (): Promise<void> => {
    for (const name of readdirSync(root)) await removePostgres(join(root, name));
    rmSync(root, { recursive: true });
  };
  await (await start(shared)).stop();
  return { root, shared, messages, start, close };
}

/** Starts the server in another process, as the service would be. */
export async function holdElsewhere(
  options: Omit<StartPostgresOptions, 'log'>,
  account: { uid?: number; gid?: number } = {},
): Promise<{ child: ChildProcess; report: HolderReport }> {
  const child = fork(join(import.meta.dirname, 'postgres-holder.ts'), [JSON.stringify(options)], {
    execArgv: ['--import', pathToFileURL(join(SOURCES, 'test/support/register-typescript.mjs')).href],
    cwd: '/',
    ...account,
  });
  const [report] = (await once(child, 'message')) as [HolderReport];
  return { child, report };
}

export async function ask<Row extends QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The folder of the one cluster in a data directory. */
export function folderOf(dataDirectory: string): string {
  const [folder] = readdirSync(dataDirectory).filter((name) => /^pg\d+$/.test(name));
  return join(dataDirectory, folder ?? 'no cluster');
}

export function pidFileOf(dataDirectory: string): string {
  return join(folderOf(dataDirectory), 'data', 'postmaster.pid');
}
