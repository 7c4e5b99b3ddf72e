// Speaks SQL to the embedded server as its superuser: is it ours, is it ready, is our database there.
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { isErrno, messageOf } from '../process/index.js';
import { passwordOf, SUPERUSER } from './cluster.js';

/** The role that owns the tables, and its database. */
export const OWNER = 'provost';
/** The role that the service works as. What it may do, the migration says. */
export const SERVING = 'provost_serve';

const POLL_MS = 15;

export interface ServerIdentity {
  readonly port: number;
  readonly secret: string;
  /** The data directory that the server must name as its own. */
  readonly dataPath: string;
}

/** Builds a connection URL for the embedded server. */
export function databaseUrl(port: number, database: string, user: string, password: string): string {
  const [role, secret, name] = [user, password, database].map(encodeURIComponent);
  return `postgresql://${role}:${secret}@127.0.0.1:${port}/${name}`;
}

/**
 * Connects as superuser as soon as the server lets us in.
 * Rejects when it is gone, says nothing for `silenceMs`, or turns out not to be ours.
 */
export async function connectWhenReady(
  server: ServerIdentity,
  { silenceMs, isRunning }: { silenceMs: number; isRunning: () => boolean },
): Promise<Client> {
  let silence = AbortSignal.timeout(silenceMs);
  for (;;) {
    try {
      return await connect(server);
    } catch (error) {
      // 57P03: "starting up", such as in recovery after a crash. It is alive, so we have patience.
      if (isErrno(error, '57P03')) silence = AbortSignal.timeout(silenceMs);
      else if (!isPassing(error)) throw error;
      if (!isRunning()) throw new Error('The server has ended.', { cause: error });
      if (silence.aborted)
        throw new Error(`The server has said nothing for ${silenceMs} ms.`, { cause: error });
    }
    await pause(POLL_MS);
  }
}

/** Creates the two roles and the database where they are absent. */
export async function ensureDatabase(client: Client, secret: string): Promise<void> {
  const { rows } = await client.query<{ role: boolean; serving: boolean; database: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as role,
            exists (select from pg_roles where rolname = $2) as serving,
            exists (select from pg_database where datname = $1) as database`,
    [OWNER, SERVING],
  );
  const owner = client.escapeIdentifier(OWNER);
  if (rows[0]?.role !== true) {
    const password = client.escapeLiteral(passwordOf(secret, OWNER));
    await client.query(`create role ${owner} login createdb createrole password ${password}`);
  }
  if (rows[0]?.serving !== true) {
    const password = client.escapeLiteral(passwordOf(secret, SERVING));
    await client.query(`create role ${client.escapeIdentifier(SERVING)} login password ${password}`);
  }
  if (rows[0]?.database !== true) await client.query(`create database ${owner} owner ${owner}`);
}

async function connect({ port, secret, dataPath }: ServerIdentity): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl(port, 'postgres', SUPERUSER, passwordOf(secret, SUPERUSER)),
    connectionTimeoutMillis: 2_000,
    application_name: 'provost launcher',
  });
  // Without a listener, a server that ends while we are connected would end this process as well.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  if (rows[0]?.data_directory === dataPath) return client;
  await client.end();
  throw new Error(`The server on port ${port} does not serve ${dataPath}.`);
}

/** Nobody listens yet, or the connection broke before an answer: neither says that it is not ours. */
function isPassing(error: unknown): boolean {
  return (
    isErrno(error, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE') ||
    /timeout expired|Connection terminated/i.test(messageOf(error))
  );
}
