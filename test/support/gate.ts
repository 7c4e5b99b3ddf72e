// A TCP proxy as the network between a service and a server: it can be cut, refuse, swallow, and lead elsewhere.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** What waits while the gate is held, in the order in which it came. */
  readonly waiting: (() => void)[];
}

export class Gate {
  readonly #links = new Set<Link>();
  readonly #arrivals = new Set<() => void>();
  #server: Server | undefined;
  #port = 0;
  #isHeld = false;

  private constructor(private target: number) {}

  /** In front of a port of this machine. */
  static async start(target: number): Promise<Gate> {
    const gate = new Gate(target);
    await gate.open();
    return gate;
  }

  get port(): number {
    return this.#port;
  }

  /** Takes connections, again on the same port after `shut`. */
  async open(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
  }

  /** Cuts every connection and refuses new ones. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#isHeld = false;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    this.cut();
    await closed;
  }

  /** Cuts so many connections, all of them unless told otherwise. */
  cut(count = Number.POSITIVE_INFINITY): void {
    for (const { client, server } of [...this.#links].slice(0, count)) {
      client.destroy();
      server.destroy();
    }
  }

  /** New connections lead to this port; those that are open stay where they are. */
  leadTo(target: number): void {
    this.target = target;
  }

  /** Nothing passes either way until `release`: connections stay open, and what was sent waits, as in a cut network. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Resolves when a client has sent something that waits. */
  async untilSomethingWaits(): Promise<void> {
    if ([...this.#links].some(({ waiting }) => waiting.length > 0)) return;
    await new Promise<void>((resolve) => this.#arrivals.add(resolve));
  }

  /** Everything that waits arrives, also from clients that have given up meanwhile. */
  release(): void {
    this.#isHeld = false;
    for (const { waiting } of this.#links) for (const pass of waiting.splice(0)) pass();
  }

  #accept(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    const link: Link = { client, server, waiting: [] };
    this.#links.add(link);
    client.on('data', (chunk: Buffer) => {
      this.#pass(link, () => server.write(chunk));
      if (!this.#isHeld) return;
      for (const arrived of this.#arrivals) arrived();
      this.#arrivals.clear();
    });
    server.on('data', (chunk: Buffer) => this.#pass(link, () => client.write(chunk)));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () =>
        this.#pass(link, () => {
          other.destroySoon();
          this.#links.delete(link);
        }),
      );
    }
  }

  #pass(link: Link, step: () => void): void {
    if (this.#isHeld) link.waiting.push(step);
    else step();
  }
}
