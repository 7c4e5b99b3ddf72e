// Stands between the nodes and the directory, follows every write from the request to the reply, and does to it what
// its fate says.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { LdapFaultLink, type Moment, type ProxiedWrite } from './ldap-fault-link.js';
import type { WriteFate } from './write-fate.js';

export interface ProxyOptions {
  /** The port of the directory on this machine. */
  readonly port: number;
  readonly drawFate: () => WriteFate;
  /** Who holds the port at the other end of a connection. */
  readonly ownerOf: (port: number) => number | undefined;
}

export class LdapFaultProxy {
  readonly writes: ProxiedWrite[] = [];
  readonly #links = new Set<LdapFaultLink>();
  readonly #waiting: Record<Moment, Set<(write: ProxiedWrite) => void>> = {
    seen: new Set(),
    answered: new Set(),
  };
  #isCalm = false;

  private constructor(
    private readonly options: ProxyOptions,
    private readonly server: Server,
  ) {
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(options: ProxyOptions): Promise<LdapFaultProxy> {
    const server = createServer();
    const proxy = new LdapFaultProxy(options, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** From now on every write passes untouched. */
  calm(): void {
    this.#isCalm = true;
  }

  /** The next write that comes to this moment. @throws when the signal ends the wait */
  async next(moment: Moment, signal: AbortSignal): Promise<ProxiedWrite> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const tell = (write: ProxiedWrite): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(write);
      };
      const giveUp = (): void => {
        this.#waiting[moment].delete(tell);
        reject(new Error('No write came.'));
      };
      this.#waiting[moment].add(tell);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Cuts every connection and takes no more; harmless twice. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const link of this.#links) link.cut();
    await closed;
  }

  #accept(client: Socket): void {
    const pid = this.options.ownerOf(client.remotePort ?? 0);
    const link = new LdapFaultLink(client, this.options.port, {
      begin: (kind, dn) => {
        const fate: WriteFate = this.#isCalm ? { kind: 'passed' } : this.options.drawFate();
        const write: ProxiedWrite = {
          kind,
          dn,
          pid,
          fate: fate.kind,
          seenAt: performance.now(),
          endedAt: Infinity,
          isForwarded: false,
          result: undefined,
        };
        this.writes.push(write);
        return { write, fate };
      },
      reach: (moment, write) => {
        for (const tell of this.#waiting[moment]) tell(write);
        this.#waiting[moment].clear();
      },
      close: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}
