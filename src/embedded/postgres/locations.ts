// Where a cluster and what belongs to it are kept.
// Never moves data: once a place is chosen, it stays.
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isErrno, messageOf } from '../process/index.js';
import { canEnter, type ServerAccount } from './server-account.js';

/** Root's place for what the server's account must reach while the wanted place is closed to it. */
const PRIVATE_ROOT = '/var/lib/provost';
/** In the wanted directory: the path where the data are instead. */
const POINTER = 'location';

/** All that belongs to one cluster; `data` and below belong to the server's account, the rest to us. */
export interface ClusterPaths {
  readonly folder: string;
  readonly data: string;
  readonly pidFile: string;
  readonly secret: string;
  readonly port: string;
  readonly log: string;
}

/** Creates the directory if need be and returns its real path; throws when we cannot write there. */
export function openDataDirectory(wanted: string): string {
  try {
    // Others may pass, not list: the server may run as another account.
    if (!existsSync(wanted)) makeDirectory(wanted, 0o711);
    accessSync(wanted, constants.W_OK | constants.X_OK);
    return realpathSync(wanted);
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(
      `The data directory ${wanted} cannot be used: ${reason}. Make it writable for the user that runs ` +
        'Provost, set PROVOST_DATA to another directory, or set DATABASE_URL to a server of your own.',
      { cause: error },
    );
  }
}

/** The folder that holds the clusters of this data directory, as far as one was chosen before. */
export function currentHome(dataDirectory: string): string {
  const pointer = join(dataDirectory, POINTER);
  if (!existsSync(pointer)) return dataDirectory;
  const home = readFileSync(pointer, 'utf8').trim();
  if (dirname(home) === PRIVATE_ROOT && /^[0-9a-f]+$/.test(basename(home))) return home;
  // Whoever may write here must not lead root anywhere else.
  throw new Error(`${pointer} must name a folder in ${PRIVATE_ROOT}; it names ${home}. Remove it.`);
}

/** The folder for the clusters: the data directory itself where the server's account can reach it. */
export function chooseHome(dataDirectory: string, account: ServerAccount | undefined): string {
  const current = currentHome(dataDirectory);
  if (current !== dataDirectory || account === undefined || canEnter(account, dataDirectory)) return current;
  if (newestData(dataDirectory) !== undefined) throw closedData(dataDirectory, account);
  const home = join(PRIVATE_ROOT, createHash('sha256').update(dataDirectory).digest('hex').slice(0, 12));
  try {
    makeDirectory(PRIVATE_ROOT, 0o755);
    makeDirectory(home, 0o711);
  } catch (error) {
    throw closedPlace(dataDirectory, account, error);
  }
  replaceFile(join(dataDirectory, POINTER), `${home}\n`);
  return home;
}

/** Where binaries are copied when they cannot run where they are. */
export function copiesDirectory(home: string, account: ServerAccount | undefined): string {
  return join(account === undefined ? home : PRIVATE_ROOT, 'binaries');
}

/** The cluster of one major version: another major's server refuses the same data. */
export function clusterPaths(home: string, major: number): ClusterPaths {
  const folder = join(home, `pg${major}`);
  const data = join(folder, 'data');
  return {
    folder,
    data,
    pidFile: join(data, 'postmaster.pid'),
    secret: join(folder, 'secret'),
    port: join(folder, 'port'),
    log: join(folder, 'postgres.log'),
  };
}

/** The majors that have a folder here, the newest first. */
export function clusterMajors(home: string): number[] {
  return listDirectory(home)
    .map((name) => Number(/^pg(\d+)$/.exec(name)?.[1]))
    .filter((major) => existsSync(clusterPaths(home, major).data))
    .sort((a, b) => b - a);
}

/** The data of the newest major here. */
export function newestData(home: string): string | undefined {
  const [major] = clusterMajors(home);
  return major === undefined ? undefined : clusterPaths(home, major).data;
}

/** Creates the directory with exactly this mode; one that exists keeps its own. */
export function makeDirectory(path: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    mkdirSync(path);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    throw error;
  }
  chmodSync(path, mode); // mkdir's own mode is cut by the umask.
}

/** Writes a file that only we can read; a crash leaves the old content or the new. */
export function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function closedData(dataDirectory: string, account: ServerAccount): Error {
  return new Error(
    `The database in ${dataDirectory} belongs to uid ${account.uid}, which can no longer reach it. ` +
      'Give that user the x permission on every folder above it, then start again.',
  );
}

function closedPlace(dataDirectory: string, account: ServerAccount, cause: unknown): Error {
  const reason = messageOf(cause);
  return new Error(
    `The database server has to run as uid ${account.uid}, which cannot reach ${dataDirectory}; ` +
      `a place for it in ${PRIVATE_ROOT} cannot be made either: ${reason}. Set PROVOST_DATA to a directory ` +
      'which that user can reach, or DATABASE_URL to a server of your own.',
    { cause },
  );
}
