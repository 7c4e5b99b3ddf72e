// The embedded PostgreSQL of a service without DATABASE_URL: a real server, started as our child.
import { lockDirectory, type ManagedProcess } from '../process/index.js';
import { type Binaries, type BinaryPlaces, defaultPlaces, findBinaries } from './binaries.js';
import { ensureCluster, passwordOf } from './cluster.js';
import { databaseUrl, ensureDatabase, OWNER, SERVING } from './connection.js';
import {
  chooseHome,
  clusterMajors,
  type ClusterPaths,
  clusterPaths,
  copiesDirectory,
  currentHome,
  newestData,
  openDataDirectory,
} from './locations.js';
import { endOrphans } from './remove-postgres.js';
import { adoptServer, endServer, launchServer, type RunningServer } from './server.js';
import { chooseAccount, type ServerAccount } from './server-account.js';

export interface StartPostgresOptions {
  /** Holds the cluster, or tells where it is; created when absent. One process at a time may use it. */
  readonly dataDirectory: string;
  readonly log: (message: string) => void;
  /** Takes an installed PostgreSQL before the npm package's. */
  readonly preferSystem?: boolean;
  /** False for throw-away clusters of tests: nothing is flushed to disk. */
  readonly durable?: boolean;
  /** Where to look for binaries, when not in the usual places. */
  readonly places?: BinaryPlaces;
}

export interface EmbeddedPostgres {
  /** Connects the owner `provost` to the database `provost`; holds the password. */
  readonly url: string;
  /** Connects the role that the service works as. */
  readonly servingUrl: string;
  readonly port: number;
  /** As the server prints it: 18.4. */
  readonly version: string;
  readonly origin: 'npm' | 'system';
  /** Whether an earlier run had left the server behind. */
  readonly adopted: boolean;
  /** A connection URL for another database; as the owner unless told otherwise. */
  urlFor(database: string, user?: string, password?: string): string;
  /** Ends the server in good order, adopted or not, and gives the data directory free. */
  stop(): Promise<void>;
}

/**
 * Starts the server, or adopts the one that an earlier run left behind.
 * Rejects when the data directory is in use, or when there is no PostgreSQL that can be started.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDirectory = openDataDirectory(options.dataDirectory);
  const locks = [lockDirectory(dataDirectory)];
  const unlock = (): void => locks.forEach((lock) => lock.release());
  try {
    const account = chooseAccount(newestData(currentHome(dataDirectory)));
    const home = chooseHome(dataDirectory, account);
    // A copied checkout brings a pointer along, to data that the original may be using.
    if (home !== dataDirectory) locks.push(lockDirectory(home));
    return await startIn(home, account, options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startIn(
  home: string,
  account: ServerAccount | undefined,
  options: StartPostgresOptions,
  unlock: () => void,
): Promise<EmbeddedPostgres> {
  const { log, durable = true, preferSystem = false, places = defaultPlaces() } = options;
  const copies = copiesDirectory(home, account);
  const binaries = await findBinaries({ places, preferSystem, account, copies });
  const paths = clusterPaths(home, binaries.major);
  await endOrphans(home, { except: binaries.major });
  tellOtherMajors(home, paths, binaries, log);
  const secret = await ensureCluster({ paths, binaries, account, durable, log });
  const adopted = await adoptServer(paths, secret, log);
  const server = adopted ?? (await launchServer({ paths, secret, binaries, account, durable }));
  try {
    await ensureDatabase(server.client, secret);
  } catch (error) {
    await endServer(server.pid, paths);
    throw error;
  } finally {
    await server.client.end();
  }
  log(
    `PostgreSQL ${binaries.version} (${binaries.origin}) ${adopted ? 'adopted' : 'started'} ` +
      `on 127.0.0.1:${server.port}, data in ${paths.data}`,
  );
  return toHandle({ server, paths, binaries, secret, adopted: adopted !== undefined, unlock, log });
}

function toHandle(parts: {
  server: RunningServer;
  paths: ClusterPaths;
  binaries: Binaries;
  secret: string;
  adopted: boolean;
  unlock: () => void;
  log: (message: string) => void;
}): EmbeddedPostgres {
  const { server, paths, binaries, secret, adopted, unlock, log } = parts;
  const urlFor: EmbeddedPostgres['urlFor'] = (database, user = OWNER, password = passwordOf(secret, user)) =>
    databaseUrl(server.port, database, user, password);
  let stopping: Promise<void> | undefined;
  const watch = async (child: ManagedProcess): Promise<void> => {
    await child.exited;
    if (stopping === undefined) log(`PostgreSQL has ended by itself; its last words are in ${paths.log}`);
  };
  if (server.child !== undefined) void watch(server.child);
  return {
    url: urlFor(OWNER),
    servingUrl: urlFor(OWNER, SERVING),
    port: server.port,
    version: binaries.version,
    origin: binaries.origin,
    adopted,
    urlFor,
    stop: () => (stopping ??= endServer(server.pid, paths).finally(unlock)),
  };
}

function tellOtherMajors(
  home: string,
  paths: ClusterPaths,
  binaries: Binaries,
  log: (message: string) => void,
): void {
  const majors = clusterMajors(home);
  if (majors.length === 0 || majors.includes(binaries.major)) return;
  log(
    `the database of PostgreSQL ${majors.join(', ')} in ${home} is left as it is: ` +
      `version ${binaries.version} cannot read it and begins an empty one in ${paths.folder}`,
  );
}
