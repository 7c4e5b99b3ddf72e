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
import { Database, Partitions } from '../platform/database/index.js';
import { Health, type HealthFinding } from '../platform/health/index.js';
import { OperationKinds } from './operation-kinds.js';
import { queueSettings, type QueueSettings, queueTimes, type QueueTimes } from './queue.config.js';
import { Queue } from './queue.service.js';
import { BEAT_DATABASE, WORKER_DATABASE } from './queue.tokens.js';
import { Targets } from './targets.service.js';
import { WakeUp } from './wake-up.js';
import { QueueFigures } from './worker/queue-figures.js';
import { rescue } from './worker/rescue.js';
import { Worker } from './worker/worker.js';

const STUCK_AFTER_SECONDS = 30;
const DAY_MS = 86_400_000;

@Injectable()
export class QueueRuntime implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #log = new Logger('queue');
  readonly #times: QueueTimes;
  readonly #timers: NodeJS.Timeout[] = [];
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
    private readonly targets: Targets,
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
    this.#worker = new Worker({
      database: this.workerDatabase,
      beatDatabase: this.beatDatabase,
      queue: this.queue,
      kinds: this.kinds,
      figures: this.figures,
      clock: this.clock,
      draw: drawUniform,
      times: this.#times,
      timeFactor: this.settings.timeFactor,
      concurrency: this.settings.concurrency,
      roles: this.process.roles,
      repairTables: () => this.partitions.ensure(),
    });
    const worker = this.#worker;
    this.wakeUp.listen(() => worker.ring());
    this.health.add('worker', () => this.#isWorkMoving());
    this.#every(this.#times.rescueEvery, () => this.#rescue());
    worker.start();
    await this.#rescue();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#worker?.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.workerDatabase.close(), this.beatDatabase.close()]);
  }

  async #rescue(): Promise<void> {
    if (this.#isRescuing) return;
    this.#isRescuing = true;
    try {
      const freed = await rescue(this.database, this.#times);
      await this.targets.openMisplacedGates();
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
    const [row] = await this.database.query<{ waiting_seconds: number | null; moved: boolean }>(
      `select (select extract(epoch from now() - min(l.run_at))::float8 from queue_lanes l where l.state = 'ready' and l.run_at <= now()) as waiting_seconds,
              exists (select from queue_attempts a where a.ended_at > now() - make_interval(secs => $1)) as moved`,
      [STUCK_AFTER_SECONDS],
    );
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
