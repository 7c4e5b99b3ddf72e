// OpenLDAP's slapd as our child, with a configuration and a database of its own.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findOrphan, freePort, isAlive, messageOf, spawnManaged, terminate } from '../process/index.js';
import type { ManagedProcess } from '../process/index.js';
import { canLogIn } from './base-entries.js';
import type { DirectoryLogin } from './base-entries.js';
import { slapdConfig } from './slapd-config.js';
import type { SlapdInstallation } from './slapd-installation.js';

/** A slapd that has let us in. */
export interface RunningSlapd {
  readonly port: number;
  readonly process: ManagedProcess;
  /** What it printed. */
  readonly outputFile: string;
  readonly stop: () => Promise<void>;
}

interface SlapdPaths {
  readonly folder: string;
  readonly database: string;
  /** An argument of the command line, and so the mark by which an orphan is known as ours. */
  readonly config: string;
  readonly pidFile: string;
  readonly outputFile: string;
}

const START_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 25;
const TRIES = 3;

/** Whether slapd has ever stored anything in this folder. */
export function hasSlapdData(folder: string): boolean {
  return existsSync(join(pathsIn(folder).database, 'data.mdb'));
}

/** Ends the server that an earlier run of the service left behind in this folder. */
export async function endOrphanedSlapd(folder: string, log: (message: string) => void): Promise<void> {
  const paths = pathsIn(folder);
  const pid = processOf(paths);
  if (pid !== undefined) log(`Ending the slapd that an earlier run left behind (process ${pid}).`);
  await end(paths);
}

/**
 * Starts slapd on the data in `folder`, which no other slapd may use, and waits until it lets us in.
 * Rejects with its last words when it does not.
 */
export async function startSlapd(options: {
  readonly installation: SlapdInstallation;
  /** An absolute path. */
  readonly folder: string;
  readonly preferredPort: number | undefined;
  readonly login: Omit<DirectoryLogin, 'url'>;
  readonly durable: boolean;
}): Promise<RunningSlapd> {
  const { installation, folder, preferredPort, login, durable } = options;
  const paths = pathsIn(folder);
  await mkdir(paths.database, { recursive: true, mode: 0o700 });
  const { baseDn, bindDn: adminDn } = login;
  const passwordHash = saltedHash(login.password);
  const config = slapdConfig({
    installation,
    baseDn,
    adminDn,
    passwordHash,
    database: paths.database,
    durable,
  });
  await writeFile(paths.config, config, { mode: 0o600 });
  for (let tries = 1; ; tries += 1) {
    const port = await freePort(preferredPort);
    const url = `ldap://127.0.0.1:${port}`;
    const child = await spawnManaged({
      command: installation.command,
      // -d keeps it in the foreground; "none" still prints what ends it.
      args: ['-d', 'none', '-f', paths.config, '-h', url],
      outputFile: paths.outputFile,
      pidFile: paths.pidFile,
      cwd: folder,
      env: { LDAPNOINIT: '1' },
    });
    if (await letsUsIn(child, { ...login, url })) {
      return { port, process: child, outputFile: paths.outputFile, stop: () => end(paths) };
    }
    await end(paths);
    const words = await lastWords(paths.outputFile);
    // The port was free a moment ago: somebody else was quicker.
    if (tries === TRIES || !words.includes('Address already in use')) {
      throw new Error(`slapd did not start; it says: ${words} (all of it is in ${paths.outputFile})`);
    }
  }
}

/** The pid on file, if it still is the slapd of this configuration. */
function processOf({ pidFile, config }: SlapdPaths): number | undefined {
  return findOrphan({ pidFile, argument: config });
}

async function end(paths: SlapdPaths): Promise<void> {
  const pid = processOf(paths);
  if (pid !== undefined) await terminate(pid, STOP_DEADLINE_MS);
}

async function letsUsIn(child: ManagedProcess, login: DirectoryLogin): Promise<boolean> {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  while (!deadline.aborted && isAlive(child.pid)) {
    if (await canLogIn(login)) return true;
    await pause(POLL_MS);
  }
  return false;
}

async function lastWords(file: string): Promise<string> {
  try {
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    // Each line begins with a time and a thread; the last two only say that it stopped.
    const words = lines.map((line) => line.replace(/^[0-9a-f.]+ 0x[0-9a-f]+ /, ''));
    return words.filter((line) => !/^(slapd stopped|connections_destroy)/.test(line)).at(-1) ?? 'nothing';
  } catch (error) {
    return messageOf(error);
  }
}

function pathsIn(folder: string): SlapdPaths {
  return {
    folder,
    database: join(folder, 'database'),
    config: join(folder, 'slapd.conf'),
    pidFile: join(folder, 'slapd.pid'),
    outputFile: join(folder, 'output.log'),
  };
}

/** {SSHA} of RFC 2307 §5.3: the password is random, so what counts is that it is not there to be read. */
function saltedHash(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash('sha1').update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}
