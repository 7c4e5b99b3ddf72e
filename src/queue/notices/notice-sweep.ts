// Finds what people are to be told, on every worker every few seconds: one notice a target, however many lanes parked.
import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { processSettings, type ProcessSettings } from '../../platform/config/index.js';
import { Database, loadStatement } from '../../platform/database/index.js';
import { queueSettings, type QueueSettings } from '../queue.config.js';
import { Queue } from '../queue.service.js';
import { NOTICE, type NoticePayload } from './notice.operation.js';
import { Webhook } from './webhook.js';

const FIND_NEWS = loadStatement('find-news', import.meta.url);
const EVERY_SECONDS = 5;
/** Lanes of one target that park one after the other are told together, so often at most. */
const BETWEEN_SECONDS = 300;
/** Longer than a flush takes from its first statement to its commit. */
const SETTLED_AFTER_SECONDS = 5;

@Injectable()
export class NoticeSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('notices');
  #stop = (): void => undefined;
  #sweeping: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly queue: Queue,
    private readonly webhook: Webhook,
    private readonly clock: Clock,
    @Inject(queueSettings.token) private readonly settings: Pick<QueueSettings, 'timeFactor'>,
    @Inject(processSettings.token) private readonly process: Pick<ProcessSettings, 'roles'>,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.webhook.isConfigured || !this.process.roles.includes('worker')) return;
    this.#stop = this.clock.every(EVERY_SECONDS * 1_000 * this.settings.timeFactor, () => {
      this.#sweeping = this.sweep().catch((error: unknown) =>
        this.#log.debug({ err: error }, 'no look for news while the database is away'),
      );
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop();
    await this.#sweeping;
  }

  /** Enqueues a notice for each target with news; returns how many. */
  sweep(): Promise<number> {
    const { timeFactor } = this.settings;
    return this.database.transact(async (transaction) => {
      const [receiver] = await transaction.query<{ id: number }>(
        `select id from queue_targets where name = 'notices'`,
      );
      if (receiver === undefined) throw new Error('The target that notices go to is missing.');
      const news = await transaction.query<{ id: number; name: string }>(FIND_NEWS, [
        receiver.id,
        BETWEEN_SECONDS * timeFactor,
        SETTLED_AFTER_SECONDS * timeFactor,
      ]);
      for (const { id, name } of news) {
        const payload: NoticePayload = { eventId: randomUUID(), targetId: id };
        this.queue.enqueue(transaction, {
          lane: `notice:${id}`,
          targetId: receiver.id,
          kind: NOTICE,
          subject: `tell people about ${name}`,
          payload,
          actor: { name: 'system', requestId: null },
        });
      }
      return news.length;
    });
  }
}
