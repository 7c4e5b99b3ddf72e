// The directory of a service that was not told of another: an installed slapd, or the built-in server.
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, lockDirectory, messageOf } from '../process/index.js';
import { ensureBaseEntries } from './base-entries.js';
import type { DirectoryLogin } from './base-entries.js';
import { ownPassword, passwordFile, readState, saveState } from './demo-state.js';
import { startLdapServer } from './ldap-server/ldap-server.js';
import { endOrphanedSlapd, hasSlapdData, startSlapd } from './slapd.js';
import type { RunningSlapd } from './slapd.js';
import { findSlapd, usualPlaces } from './slapd-installation.js';
import type { SlapdPlaces } from './slapd-installation.js';

/** An installed OpenLDAP, or the server that Provost brings along. */
export type DemoDirectoryKind = 'slapd' | 'built-in';

/** Where the demo directory keeps its data, and which server it should be. */
export interface DemoDirectoryOptions {
  /** Created when absent; holds the tree, the password and the port. One process at a time may use it. */
  readonly dataDirectory: string;
  readonly log: (message: string) => void;
  /** Without a preference: what the last start used, slapd at the first. */
  readonly prefer?: DemoDirectoryKind;
  /** False for throw-away directories of tests: nothing is flushed to disk. */
  readonly durable?: boolean;
  /** Where to look for slapd, when not in the usual places. */
  readonly places?: SlapdPlaces;
}

/** A running demo directory, and how to log in to it. */
export interface DemoDirectory {
  readonly kind: DemoDirectoryKind;
  /** ldap://127.0.0.1:port */
  readonly url: string;
  readonly baseDn: 'dc=example,dc=org';
  readonly bindDn: 'cn=admin,dc=example,dc=org';
  readonly password: string;
  /** Holds the password, for command line tools; readable by its owner only. */
  readonly passwordFile: string;
  /** Ends the server in good order and gives port and data free; harmless twice. */
  readonly stop: () => Promise<void>;
}

interface Server {
  readonly kind: DemoDirectoryKind;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Where and with what the server starts. */
interface Start {
  readonly dataDirectory: string;
  readonly port: number | undefined;
  readonly login: Omit<DirectoryLogin, 'url'>;
  readonly durable: boolean;
  readonly log: (message: string) => void;
}

const NAMES = { baseDn: 'dc=example,dc=org', bindDn: 'cn=admin,dc=example,dc=org' } as const;

/**
 * Starts the demo directory; a second start finds the same tree, at the same port when it is free.
 * Rejects when the data directory is in use by another process, or when no server can be started.
 */
export async function startDemoDirectory(options: DemoDirectoryOptions): Promise<DemoDirectory> {
  await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
  const dataDirectory = await realpath(options.dataDirectory);
  const lock = lockDirectory(dataDirectory);
  try {
    const { stop, ...directory } = await startIn(dataDirectory, options);
    const end = (): Promise<void> => stop().finally(() => lock.release());
    let ended: Promise<void> | undefined;
    return { ...directory, stop: () => (ended ??= end()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startIn(dataDirectory: string, options: DemoDirectoryOptions): Promise<DemoDirectory> {
  const { log, prefer, durable = true, places = usualPlaces() } = options;
  const password = await ownPassword(dataDirectory);
  const last = await readState(dataDirectory);
  await endOrphanedSlapd(slapdFolder(dataDirectory), log);
  const start = { dataDirectory, port: last?.port, login: { ...NAMES, password }, durable, log };
  const slapdIsWanted = (prefer ?? last?.kind ?? 'slapd') === 'slapd';
  const server = (slapdIsWanted && (await trySlapd(start, places))) || (await startBuiltIn(start));
  const { kind, port, stop } = server;
  const url = `ldap://127.0.0.1:${port}`;
  try {
    await ensureBaseEntries({ ...start.login, url });
    await saveState(dataDirectory, { kind, port });
  } catch (error) {
    await stop();
    throw error;
  }
  const name = kind === 'slapd' ? 'slapd' : 'built-in LDAP server';
  log(`The demo directory (${name}) answers at ${url}; its data are in ${dataDirectory}.`);
  return { kind, url, ...NAMES, password, passwordFile: passwordFile(dataDirectory), stop };
}

/** Undefined, with the reason in the log, when slapd cannot be used. */
async function trySlapd(start: Start, places: SlapdPlaces): Promise<Server | undefined> {
  const { dataDirectory, login, port, durable, log } = start;
  const folder = slapdFolder(dataDirectory);
  const loss = hasSlapdData(folder) ? '; what slapd has stored is not in it' : '';
  const consequence = `The built-in LDAP server is used instead${loss}.`;
  const installation = findSlapd(places);
  if (typeof installation === 'string') {
    log(`No slapd for the demo directory: ${installation}. ${consequence}`);
    return undefined;
  }
  try {
    return watched(await startSlapd({ installation, folder, preferredPort: port, login, durable }), log);
  } catch (error) {
    log(`${messageOf(error)}. ${consequence}`);
    return undefined;
  }
}

function watched(slapd: RunningSlapd, log: (message: string) => void): Server {
  let stopping = false;
  const watch = async (): Promise<void> => {
    await slapd.process.exited;
    if (!stopping)
      log(`The demo directory (slapd) has ended by itself; its last words are in ${slapd.outputFile}.`);
  };
  void watch();
  const stop = (): Promise<void> => {
    stopping = true;
    return slapd.stop();
  };
  return { kind: 'slapd', port: slapd.port, stop };
}

async function startBuiltIn({ dataDirectory, port = 0, login, durable, log }: Start): Promise<Server> {
  const { baseDn, bindDn: adminDn, password } = login;
  const options = { dataDirectory: join(dataDirectory, 'built-in'), baseDn, adminDn, password, durable, log };
  try {
    return { kind: 'built-in', ...(await startLdapServer({ ...options, port })) };
  } catch (error) {
    if (!isErrno(error, 'EADDRINUSE')) throw error;
    return { kind: 'built-in', ...(await startLdapServer({ ...options, port: 0 })) };
  }
}

function slapdFolder(dataDirectory: string): string {
  return join(dataDirectory, 'slapd');
}
