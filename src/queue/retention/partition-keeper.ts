// Keeps the days of the queue on processes that work: makes what is missing, drops what is older than the retention.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type ProcessSettings, processSettings } from '../../platform/config/index.js';
import { Database, dropOldPartitions, loadStatement, Partitions } from '../../platform/database/index.js';
import { queueSettings, type QueueSettings } from '../queue.config.js';
import { QUEUE_DATABASE_URL } from '../queue.tokens.js';

const PURGE_GROUPS = loadStatement('purge-groups', new URL('..', import.meta.url).href);
const PURGED_AT_ONCE = 1_000;
const MAKE_EVERY_MS = 60_000;
/** Once a day there is something to drop; a table that was busy gets its next turn soon. */
const DROP_EVERY_MS = 600_000;
/** Gathering what stays of a day of millions takes seconds; a process that ends waits for it. */
const STATEMENT_TIMEOUT_MS = 20_000;

@Injectable()
export class PartitionKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('queue');
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Map<string, Promise<void>>();
  readonly #failing = new Set<string>();
  #isStopping = false;

  constructor(
    @Inject(QUEUE_DATABASE_URL) private readonly url: string,
    private readonly partitions: Partitions,
    @Inject(queueSettings.token) private readonly settings: QueueSettings,
    @Inject(processSettings.token) private readonly process: ProcessSettings,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.process.roles.includes('worker')) return;
    this.#every(MAKE_EVERY_MS, 'make what is missing', () => this.partitions.ensure());
    this.#every(DROP_EVERY_MS, 'drop what is old', () => this.dropOld());
    this.#start('drop what is old', () => this.dropOld());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running.values());
  }

  /** Drops the days older than the retention. @throws when it could not: the days that are left are whole */
  async dropOld(): Promise<void> {
    const database = new Database({
      url: this.url,
      applicationName: 'provost retention',
      poolSize: 1,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    try {
      await database.connect();
      const { retentionDays } = this.settings;
      const { days, kept } = await dropOldPartitions(database, retentionDays, () => this.#isStopping);
      await purgeGroups(database, retentionDays);
      if (days > 0) this.#log.log({ days, kept, retention_days: retentionDays }, 'old days were dropped');
    } finally {
      await database.close();
    }
  }

  #every(milliseconds: number, name: string, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => this.#start(name, work), milliseconds));
  }

  /** Never rejects: what fails is told once, and tried again. */
  #start(name: string, work: () => Promise<void>): void {
    if (this.#running.has(name)) return;
    const run = async (): Promise<void> => {
      try {
        await work();
        this.#failing.delete(name);
      } catch (error) {
        if (!this.#failing.has(name))
          this.#log.warn(
            { err: error, part: name },
            'the days of the queue could not be kept for now; trying again',
          );
        this.#failing.add(name);
      }
    };
    this.#running.set(
      name,
      run().finally(() => this.#running.delete(name)),
    );
  }
}

async function purgeGroups(database: Database, days: number): Promise<void> {
  let gone: unknown[];
  do gone = await database.query(PURGE_GROUPS, [days, PURGED_AT_ONCE]);
  while (gone.length === PURGED_AT_ONCE);
}
