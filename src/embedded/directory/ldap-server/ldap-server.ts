// A small LDAPv3 server in this process: the demo directory where no slapd is installed, and in tests
// a directory that can be stopped and started. Not a product for real directories: no TLS, no replication.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../../../platform/clock/index.js';
import type { Clock } from '../../../platform/clock/index.js';
import { Connection } from './connection.js';
import { Directory } from './directory.js';

/** What the built-in server serves, and to whom it listens. */
export interface LdapServerOptions {
  /** Created when absent; holds the journal. One server at a time. */
  readonly dataDirectory: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** The name of the topmost entry; it is not created here. */
  readonly baseDn: string;
  /** The account that may write; it is no entry. */
  readonly adminDn: string;
  readonly password: string;
  /** False for throw-away directories of tests: nothing is flushed to disk. */
  readonly durable?: boolean;
  readonly log?: (message: string) => void;
  readonly clock?: Clock;
}

/** A running built-in server. */
export interface LdapServer {
  readonly port: number;
  /** ldap://127.0.0.1:port */
  readonly url: string;
  /** Cuts off the clients, stores what has been accepted and gives the port free; harmless twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts serving what the data directory holds. Rejects when the port is taken (EADDRINUSE), when the
 * journal is damaged, or when a DN is none.
 */
export async function startLdapServer(options: LdapServerOptions): Promise<LdapServer> {
  const { dataDirectory, port, baseDn, adminDn, password } = options;
  const { durable = true, log = () => undefined, clock = systemClock } = options;
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const now = (): Date => clock.now();
  const directory = await Directory.open({ dataDirectory, baseDn, adminDn, password, durable, log, now });
  const sockets = new Map<Socket, Promise<void>>();
  // Half-open: a client that has said all it has to say still gets its answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.once('close', () => sockets.delete(socket));
    sockets.set(socket, new Connection(socket, directory, log).serve());
  });
  try {
    server.listen({ host: '127.0.0.1', port });
    await once(server, 'listening');
  } catch (error) {
    await directory.close();
    throw error;
  }
  const { port: bound } = server.address() as AddressInfo;
  const end = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    const served = [...sockets.values()];
    for (const socket of sockets.keys()) socket.destroy();
    await Promise.all([closed, ...served]);
    await directory.close();
  };
  let ended: Promise<void> | undefined;
  return { port: bound, url: `ldap://127.0.0.1:${bound}`, stop: () => (ended ??= end()) };
}
