// A second PostgreSQL server that follows a first one, and takes over when it is told to. Needs pg_basebackup.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { removePostgres, startPostgres } from '../../src/embedded/postgres/index.js';
import { until } from './installation.js';
import type { OwnServer } from './own-server.js';

const INSTALLED = '/usr/lib/postgresql';
const majors = existsSync(INSTALLED)
  ? readdirSync(INSTALLED).filter((major) => existsSync(join(INSTALLED, major, 'bin', 'pg_basebackup')))
  : [];

/** Why no second server can follow a first one here; undefined where one can. */
export const noStandby =
  majors.length === 0 ? `there is no pg_basebackup in ${INSTALLED}; the npm package ships none` : undefined;

export interface Standby {
  readonly port: number;
  /** Resolves once it takes writes. */
  promote(): Promise<void>;
  remove(): Promise<void>;
}

/** Follows `primary`, an installed server, whose commits wait for it from now on: what is acknowledged is on both. */
export async function startStandby(primary: OwnServer): Promise<Standby> {
  const folder = mkdtempSync(join(tmpdir(), 'provost-standby-'));
  chmodSync(folder, 0o711);
  const version = basename(primary.cluster);
  const cluster = join(folder, version);
  mkdirSync(cluster);
  copyFileSync(join(primary.cluster, 'secret'), join(cluster, 'secret'));
  execFileSync(
    join(INSTALLED, version.replace('pg', ''), 'bin', 'pg_basebackup'),
    ['-D', join(cluster, 'data'), '-R', '-c', 'fast', '-d', primary.superuserUrl],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(join(primary.cluster, 'data'));
    execFileSync('chown', ['-R', `${uid}:${gid}`, cluster]);
  }
  const server = await startPostgres({ dataDirectory: folder, preferSystem: true, log: () => {} });
  const told = async (url: string, query: string): Promise<number> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(query)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  };
  await told(primary.superuserUrl, `alter system set synchronous_standby_names = '*'`);
  await told(primary.superuserUrl, 'select pg_reload_conf()');
  await until(
    async () =>
      (await told(primary.superuserUrl, `select from pg_stat_replication where sync_state = 'sync'`)) === 1,
  );
  return {
    port: server.port,
    promote: async () => void (await told(server.urlFor('postgres', 'postgres'), 'select pg_promote()')),
    remove: async () => {
      await server.stop();
      await removePostgres(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
