// Runs the worker of this process. The root starts it once everything is registered; shutdown stops it first.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Clock, drawUniform } from '../platform/clock/index.js';
import { processSettings, type ProcessSettings } from '../platform/config/index.js';
import { Database, loadStatement, Partitions } from '../platform/database/index.js';
import { Health, type HealthFinding } from '../platform/health/index.js';
import { OperationKinds } from './operation-kinds.js';
import { queueSettings, type QueueSettings, queueTimes, type QueueTimes } from './queue.config.js';
import { Queue } from './queue.service.js';
import { BEAT_DATABASE, WORKER_DATABASE } from './queue.tokens.js';
import { WakeUp } from './wake-up.js';
import { QueueFigures } from './worker/queue-figures.js';
import { PostgresQueueStore } from './worker/postgres-store.js';
import type { QueueStore } from './worker/queue-store.js';
import { rescue } from './worker/rescue.js';
import { Worker } from './worker/worker.js';

const OLDEST_DUE = loadStatement('oldest-due', import.meta.url);
const STUCK_AFTER_SECONDS = 30;
const DAY_MS = 86_400_000;

@Injectable()
export class QueueRuntime implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #log = new Logger('queue');
  readonly #times: QueueTimes;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #checks: (() => Promise<void>)[] = [];
  #worker: Worker | null = null;
  #isRescuing = false;

  constructor(
    @Inject(queueSettings.token) private readonly settings: QueueSettings,
    @Inject(processSettings.token) private readonly process: ProcessSettings,
    @Inject(WORKER_DATABASE) private readonly workerDatabase: Database,
    @Inject(BEAT_DATABASE) private readonly beatDatabase: Database,
    private readonly database: Database,
    private readonly partitions: Partitions,
    private readonly queue: Queue,
    private readonly kinds: OperationKinds,
    private readonly wakeUp: WakeUp,
    private readonly figures: QueueFigures,
    private readonly clock: Clock,
    private readonly health: Health,
  ) {
    this.#times = queueTimes(settings.timeFactor);
  }

  onModuleInit(): void {
    for (const table of ['queue_attempts', 'queue_intents', 'queue_archive']) this.partitions.add(table);
  }

  /** Call once every kind is registered and the schema is there. */
  async start(): Promise<void> {
    await this.partitions.ensure();
    this.#every(DAY_MS / 2, () => this.partitions.ensure());
    if (!this.process.roles.includes('worker')) return;
    await this.#refuseUnknownKinds();
    const store = new PostgresQueueStore({
      database: this.workerDatabase,
      beatDatabase: this.beatDatabase,
      queue: this.queue,
      repairTables: () => this.#prepareDatabase(),
    });
    this.#worker = new Worker({
      store,
      kinds: this.kinds,
      figures: this.figures,
      clock: this.clock,
      draw: drawUniform,
      times: this.#times,
      timeFactor: this.settings.timeFactor,
      concurrency: this.settings.concurrency,
      roles: this.process.roles,
    });
    const worker = this.#worker;
    this.wakeUp.listen(() => worker.ring());
    this.health.add('worker', () => this.#isWorkMoving());
    this.#every(this.#times.rescueEvery, () => this.#rescue(store));
    worker.start();
    await this.#rescue(store);
  }

  /** Runs `check` before each registration of the worker, so before anything is claimed; until it resolves nothing is. */
  beforeWork(check: () => Promise<void>): void {
    this.#checks.push(check);
  }

  async #prepareDatabase(): Promise<void> {
    await this.partitions.ensure();
    for (const check of this.#checks) await check();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#worker?.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.workerDatabase.close(), this.beatDatabase.close()]);
  }

  async #rescue(store: QueueStore): Promise<void> {
    if (this.#isRescuing) return;
    this.#isRescuing = true;
    try {
      const freed = await rescue(store, this.#times);
      await store.sweep();
      if (freed > 0) {
        this.figures.rescued(freed);
        this.#log.warn({ lanes: freed }, 'lanes of a dead executor were taken back');
        this.#worker?.ring();
      }
    } catch (error) {
      this.#log.debug({ err: error }, 'no rescue while the database is away');
    } finally {
      this.#isRescuing = false;
    }
  }

  async #refuseUnknownKinds(): Promise<void> {
    const rows = await this.database.query<{ kind: string }>(
      'select distinct kind from queue_operations where not (kind = any ($1)) limit 20',
      [this.kinds.names()],
    );
    if (rows.length === 0) return;
    throw new Error(
      `The queue holds operations of kinds this version does not know: ${rows.map(({ kind }) => kind).join(', ')}. ` +
        'Start the version that wrote them, or bring back the plug-in that handles them.',
    );
  }

  async #isWorkMoving(): Promise<HealthFinding> {
    if (!this.#worker?.isRegistered)
      return {
        ok: false,
        detail: 'the worker has no registration in the database; it tries again by itself',
      };
    const [row] = await this.database.query<{ waiting_seconds: number | null; moved: boolean }>(OLDEST_DUE, [
      STUCK_AFTER_SECONDS,
    ]);
    const waiting = row?.waiting_seconds ?? 0;
    if (waiting <= STUCK_AFTER_SECONDS || row?.moved)
      return { ok: true, detail: waiting > 0 ? 'work is moving' : 'nothing waits to be claimed' };
    return {
      ok: false,
      detail: `due work has waited for ${Math.round(waiting)} s and nothing was attempted; look at the worker log and restart it`,
    };
  }

  #every(milliseconds: number, work: () => Promise<void>): void {
    this.#timers.push(
      setInterval(
        () => void work().catch((error: unknown) => this.#log.warn({ err: error }, 'a periodic task failed')),
        milliseconds,
      ),
    );
  }
}
