// What the specs of the demo directory share: a folder of their own, servers in it, other processes, a client.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'ldapts';
import { findSlapd, startDemoDirectory, usualPlaces } from '../../../src/embedded/directory/index.js';
import type { DemoDirectory, DemoDirectoryOptions } from '../../../src/embedded/directory/index.js';
import type { HolderReport } from './directory-holder.js';

const SOURCES = join(import.meta.dirname, '..', '..', '..');

/** Why slapd cannot be used here; undefined when it can. */
export const slapdAbsence = ((): string | undefined => {
  const found = findSlapd(usualPlaces());
  return typeof found === 'string' ? found : undefined;
})();

export interface DirectoryFixture {
  readonly dataDirectory: string;
  /** What starts in this process have logged. */
  readonly messages: string[];
  start(more?: Partial<DemoDirectoryOptions>): Promise<DemoDirectory>;
  /** Starts the directory in another process, as a service would. */
  startElsewhere(
    more?: Partial<DemoDirectoryOptions>,
    account?: { uid: number; gid: number },
  ): Promise<{ child: ChildProcess; directory: Omit<DemoDirectory, 'stop'> }>;
  /** A client that has logged in as the administrator. */
  logIn(directory: Omit<DemoDirectory, 'stop'>): Promise<Client>;
  close(): Promise<void>;
}

export function openFixture(): DirectoryFixture {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'provost-directory-'));
  const messages: string[] = [];
  const clients: Client[] = [];
  const running: DemoDirectory[] = [];
  const start: DirectoryFixture['start'] = async (more) => {
    const directory = await startDemoDirectory({
      dataDirectory,
      log: (message) => void messages.push(message),
      ...more,
    });
    running.push(directory);
    return directory;
  };
  const startElsewhere: DirectoryFixture['startElsewhere'] = async (more, account) => {
    const holder = join(import.meta.dirname, 'directory-holder.ts');
    const child = fork(holder, [JSON.stringify({ dataDirectory, ...more })], {
      execArgv: ['--import', pathToFileURL(join(SOURCES, 'test/support/register-typescript.mjs')).href],
      cwd: '/',
      ...account,
    });
    const [report] = (await once(child, 'message')) as [HolderReport];
    if (report.kind === 'failed') throw new Error(report.reason);
    return { child, directory: report.directory };
  };
  const logIn: DirectoryFixture['logIn'] = async ({ url, bindDn, password }) => {
    const client = new Client({ url, timeout: 10_000, connectTimeout: 5_000 });
    clients.push(client);
    await client.bind(bindDn, password);
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.unbind()));
    for (const directory of running) await directory.stop();
    rmSync(dataDirectory, { recursive: true });
  };
  return { dataDirectory, messages, start, startElsewhere, logIn, close };
}

/** Ends a process as a crash would, and waits until it is gone. */
export async function crash(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
