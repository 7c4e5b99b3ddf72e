// The server process: adopted when an earlier run left it behind, launched otherwise.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import {
  findOrphan,
  freePort,
  hasArgument,
  isAlive,
  type ManagedProcess,
  messageOf,
  readPid,
  spawnManaged,
  terminate,
} from '../process/index.js';
import type { Binaries } from './binaries.js';
import { SERVER_ENVIRONMENT } from './cluster.js';
import { connectWhenReady } from './connection.js';
import { type ClusterPaths, replaceFile } from './locations.js';
import { serverArguments } from './server-arguments.js';
import { credentials, type ServerAccount } from './server-account.js';

/** A server that let us in; the connection is the caller's to close. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly client: Client;
  /** The process, when this run launched it. */
  readonly child?: ManagedProcess;
}

const ORPHAN_SILENCE_MS = 5_000;
const LAUNCH_SILENCE_MS = 60_000;
const ORPHAN_DEADLINE_MS = 2_000;
const STOP_DEADLINE_MS = 10_000;
const LAUNCH_TRIES = 50;
const LAUNCH_PAUSE_MS = 200;

/** Faults that pass by themselves: a port taken since we looked, the last processes of a killed server. */
const PASSING_FAULT = /Address already in use|pre-existing shared memory block|lock file ".*" already exists/;

/** Takes over the server that still runs on these data; one that does not answer is ended instead. */
export async function adoptServer(
  paths: ClusterPaths,
  secret: string,
  log: (message: string) => void,
): Promise<RunningServer | undefined> {
  const pid = findOrphan({ pidFile: paths.pidFile, argument: paths.data });
  if (pid === undefined) {
    removeForeignPidFile(paths);
    return undefined;
  }
  const port = portInPidFile(paths.pidFile);
  try {
    const identity = { port, secret, dataPath: paths.data };
    const isRunning = (): boolean => isAlive(pid);
    const client = await connectWhenReady(identity, { silenceMs: ORPHAN_SILENCE_MS, isRunning });
    return { pid, port, client };
  } catch (error) {
    const reason = messageOf(error);
    log(`ending the PostgreSQL server an earlier run left behind (pid ${pid}): ${reason}`);
    await terminate(pid, ORPHAN_DEADLINE_MS, ['SIGQUIT']);
    return undefined;
  }
}

/** Starts a server on these data and waits until it lets us in. */
export async function launchServer(options: {
  paths: ClusterPaths;
  secret: string;
  binaries: Binaries;
  account: ServerAccount | undefined;
  durable: boolean;
}): Promise<RunningServer> {
  const { paths, secret, binaries, account, durable } = options;
  for (let tries = 1; ; tries += 1) {
    const port = await freePort(savedPort(paths.port));
    const child = await spawnManaged({
      command: join(binaries.bin, 'postgres'),
      args: serverArguments({ dataPath: paths.data, port, durable }),
      outputFile: paths.log,
      cwd: paths.folder,
      env: SERVER_ENVIRONMENT,
      ...credentials(account),
    });
    try {
      const identity = { port, secret, dataPath: paths.data };
      const isRunning = (): boolean => isAlive(child.pid);
      const client = await connectWhenReady(identity, { silenceMs: LAUNCH_SILENCE_MS, isRunning });
      replaceFile(paths.port, `${port}\n`);
      return { pid: child.pid, port, client, child };
    } catch (error) {
      await endServer(child.pid, paths);
      const words = lastLines(paths.log);
      if (tries === LAUNCH_TRIES || !PASSING_FAULT.test(words)) throw startFailed(paths, words, error);
    }
    await pause(LAUNCH_PAUSE_MS);
  }
}

/** Ends the server in good order, after checking that this pid still is the server of these data. */
export async function endServer(pid: number, paths: ClusterPaths): Promise<void> {
  if (!isAlive(pid) || !hasArgument(pid, paths.data)) return;
  // SIGINT: closes the sessions and writes a checkpoint. SIGQUIT: at once, and the next start recovers.
  await terminate(pid, STOP_DEADLINE_MS, ['SIGINT', 'SIGQUIT']);
}

/** PostgreSQL would take any living process of that number, if of its own user, for its server. */
function removeForeignPidFile(paths: ClusterPaths): void {
  const pid = readPid(paths.pidFile);
  if (pid !== undefined && isAlive(pid)) rmSync(paths.pidFile);
}

/** The port that the running server listens on. */
export function portInPidFile(pidFile: string): number {
  // Line 4 of postmaster.pid, as PostgreSQL's miscadmin.h lays it down.
  return toPort(readFileSync(pidFile, 'utf8').split('\n')[3]) ?? 0;
}

function savedPort(file: string): number | undefined {
  try {
    return toPort(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // The first start.
  }
}

function toPort(text: string | undefined): number | undefined {
  const port = Number(text?.trim());
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}

function startFailed(paths: ClusterPaths, words: string, cause: unknown): Error {
  return new Error(
    `PostgreSQL did not start on ${paths.data}. Its last words (all of them are in ${paths.log}):\n${words}\n` +
      'Remove that fault, or set DATABASE_URL to a server of your own.',
    { cause },
  );
}
