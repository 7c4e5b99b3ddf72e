// A TCP proxy that loses what it is told to lose, at the moment that matters: after the server acted, or before.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

interface Loss {
  readonly done: () => void;
  /** The only connection that it is for. */
  readonly link?: Link;
}

type Plan =
  | { readonly kind: 'pass' }
  /** The request reaches the server; when its reply comes, both sides are cut instead. */
  | (Loss & { readonly kind: 'lose-reply' })
  /** The request is not passed on and the client is cut. */
  | (Loss & { readonly kind: 'lose-request' })
  /** The request reaches the server; its reply is kept back and nothing else happens. */
  | (Loss & { readonly kind: 'hold-reply' });

const PASS: Plan = { kind: 'pass' };

/** A plan for the first request that matches, and for its connection alone. */
interface Watch {
  readonly kind: 'lose-reply' | 'lose-request';
  readonly matches: (request: Buffer) => boolean;
  readonly done: () => void;
}

export class LossyProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  #watch: Watch | undefined;
  #delay: (Pick<Watch, 'matches'> & { readonly meanwhile: () => Promise<unknown> }) | undefined;
  #server: Server | undefined;
  #port = 0;
  #plan: Plan = PASS;
  /** Every byte that clients sent. */
  readonly received: Buffer[] = [];

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  static async start(target: { host: string; port: number }): Promise<LossyProxy> {
    const proxy = new LossyProxy(target);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#links.size;
  }

  /** Takes connections, again on the same port after `stop`. */
  async listen(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
  }

  /** Cuts every connection and refuses new ones; resolves when the clients of this process know. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const link of this.#links) cut(link);
    await closed;
    // So many turns of the event loop that a client has read the end and closed its side.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when the next reply was lost: by then the server has acted. */
  loseNextReply(): Promise<void> {
    return new Promise((done) => (this.#plan = { kind: 'lose-reply', done }));
  }

  /** Resolves when the next request was lost: the server never saw it. */
  loseNextRequest(): Promise<void> {
    return new Promise((done) => (this.#plan = { kind: 'lose-request', done }));
  }

  /**
   * Loses the first request that `matches`, or the reply to it; resolves when that happened.
   * @param then `stop`: nobody gets through afterwards, until `listen`
   */
  loseOn(
    kind: 'lose-reply' | 'lose-request',
    matches: (request: Buffer) => boolean,
    then: 'go on' | 'stop' = 'go on',
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = then === 'stop' ? () => void this.stop().then(resolve, reject) : resolve;
      this.#watch = { kind, matches, done };
    });
  }

  /** Keeps the first request that `matches` back until `meanwhile` is over. */
  delayOn(matches: (request: Buffer) => boolean, meanwhile: () => Promise<unknown>): void {
    this.#delay = { matches, meanwhile };
  }

  /** Resolves when the next reply was kept back: the client waits for it. */
  holdNextReply(): Promise<void> {
    return new Promise((done) => (this.#plan = { kind: 'hold-reply', done }));
  }

  #accept(client: Socket): void {
    const server = connect(this.#target);
    const link = { client, server };
    this.#links.add(link);
    client.on('data', (chunk: Buffer) => this.#onRequest(link, chunk));
    server.on('data', (chunk: Buffer) => this.#onReply(link, chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => cut(link));
      one.on('end', () => other.end());
      one.on('close', () => {
        other.destroy();
        this.#links.delete(link);
      });
    }
  }

  #onRequest(link: Link, chunk: Buffer): void {
    this.received.push(chunk);
    const watch = this.#watch;
    if (watch?.matches(chunk) === true) {
      this.#watch = undefined;
      this.#plan = { kind: watch.kind, done: watch.done, link };
    }
    const plan = this.#planFor(link);
    if (plan.kind === 'lose-request') {
      cut(link);
      this.#finish(plan);
    } else if (this.#delay?.matches(chunk) === true) {
      void this.#passLater(link, chunk, this.#delay.meanwhile);
    } else {
      link.server.write(chunk);
    }
  }

  async #passLater(link: Link, chunk: Buffer, meanwhile: () => Promise<unknown>): Promise<void> {
    this.#delay = undefined;
    link.client.pause();
    try {
      await meanwhile();
      link.server.write(chunk);
      link.client.resume();
    } catch (error) {
      link.client.destroy();
      throw error;
    }
  }

  #onReply(link: Link, chunk: Buffer): void {
    const plan = this.#planFor(link);
    if (plan.kind === 'lose-reply') {
      cut(link);
      this.#finish(plan);
    } else if (plan.kind === 'hold-reply') {
      link.server.pause();
      this.#finish(plan);
    } else {
      link.client.write(chunk);
    }
  }

  #planFor(link: Link): Plan {
    const plan = this.#plan;
    return plan.kind !== 'pass' && plan.link !== undefined && plan.link !== link ? PASS : plan;
  }

  #finish(plan: Exclude<Plan, { kind: 'pass' }>): void {
    this.#plan = PASS;
    plan.done();
  }
}

/**
 * Both sides at once; what was in flight is gone. Not by `resetAndDestroy`: a socket that is just ending is never closed
 * by it (Node 20 drops libuv's EINVAL) and keeps the process alive.
 */
function cut({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}
