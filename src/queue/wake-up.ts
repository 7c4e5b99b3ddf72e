// Wakes workers after a commit, on a connection of its own: NOTIFY inside a business transaction would make all
// writers wait for one lock. A lost wake-up costs one poll interval, never an operation.
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Client } from 'pg';
import { QUEUE_DATABASE_URL } from './queue.tokens.js';

export const WAKE_UP_CHANNEL = 'provost_queue';
const COALESCE_MS = 5;
const RECONNECT_MS = 1_000;
/** A connection that swallows everything is noticed by the first wake-up that goes out on it. */
const ANSWER_MS = 5_000;

type Listener = (targetIds: ReadonlySet<number>) => void;

@Injectable()
export class WakeUp implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('queue');
  readonly #listeners = new Set<Listener>();
  readonly #pending = new Set<number>();
  /** The connection, or the attempt to have one. */
  #client: Client | null = null;
  #isListening = false;
  #flushTimer: NodeJS.Timeout | null = null;
  #reconnectTimer: NodeJS.Timeout | null = null;
  #isClosing = false;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(@Inject(QUEUE_DATABASE_URL) private readonly url: string) {}

  onApplicationBootstrap(): Promise<void> {
    return this.#connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    if (this.#flushTimer) clearTimeout(this.#flushTimer);
    if (this.#reconnectTimer) clearTimeout(this.#reconnectTimer);
    await this.#client?.end().catch(() => undefined);
  }

  /** Calls `listener` when targets may have due work; returns how to stop. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that these targets have work: at once in this process, within milliseconds in the others. */
  announce(targetIds: ReadonlySet<number>): void {
    if (targetIds.size === 0) return;
    this.#tell(targetIds);
    for (const id of targetIds) this.#pending.add(id);
    this.#flushTimer ??= setTimeout(() => this.#send(), COALESCE_MS);
  }

  #tell(targetIds: ReadonlySet<number>): void {
    for (const listener of this.#listeners) listener(targetIds);
  }

  #send(): void {
    this.#flushTimer = null;
    const payload = [...this.#pending].slice(0, 500).join(',');
    this.#pending.clear();
    const client = this.#isListening ? this.#client : null;
    if (!client) return;
    // One statement at a time; on a broken connection the message is dropped: polling is the floor.
    this.#sent = this.#sent
      .then(() => client.query('select pg_notify($1, $2)', [WAKE_UP_CHANNEL, payload]))
      .catch(() => this.#lost(client));
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'provost wake-up',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    this.#client = client;
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ payload }) => this.#tell(new Set((payload ?? '').split(',').map(Number))));
    try {
      await client.connect();
      await client.query(`listen ${WAKE_UP_CHANNEL}`);
      this.#isListening = true;
    } catch {
      this.#lost(client);
    }
  }

  #lost(client: Client): void {
    if (this.#isClosing || client !== this.#client) return;
    if (this.#isListening)
      this.#log.warn('the wake-up connection to the database was lost; polling until it is back');
    this.#isListening = false;
    this.#client = null;
    void client.end().catch(() => undefined);
    this.#reconnectTimer = setTimeout(() => void this.#connect(), RECONNECT_MS);
  }
}
