// Which roles are filled, over all nodes. A worker is seen by its registration as an executor; a process of other roles
// registers here, so that every node can tell when nobody works or nobody fires schedules.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Gauge } from 'prom-client';
import { type ProcessRole, processSettings, type ProcessSettings } from '../platform/config/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { Health } from '../platform/health/index.js';
import { Metrics } from '../platform/metrics/index.js';
import { beatExecutor, registerExecutor, retireExecutor } from './executor-rows.js';
import { queueSettings, type QueueSettings, queueTimes, type QueueTimes } from './queue.config.js';
import { BEAT_DATABASE } from './queue.tokens.js';

const LIVING_ROLES = loadStatement('living-roles', import.meta.url);

/** What stands still while nobody has a role. */
const WITHOUT: Readonly<Partial<Record<ProcessRole, string>>> = {
  worker:
    'no living process has the role worker: changes are accepted and wait in the queue. Start one with PROVOST_ROLES=worker',
  scheduler:
    'no living process has the role scheduler: no schedule fires, so failed provisioning and asynchronous systems wait. Start one with PROVOST_ROLES=scheduler',
};

@Injectable()
export class Nodes implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('nodes');
  readonly #times: QueueTimes;
  #id: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #beating: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(
    @Inject(queueSettings.token) settings: QueueSettings,
    @Inject(processSettings.token) private readonly process: ProcessSettings,
    @Inject(BEAT_DATABASE) private readonly beatDatabase: Database,
    private readonly database: Database,
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {
    this.#times = queueTimes(settings.timeFactor);
  }

  onModuleInit(): void {
    for (const [role, warning] of Object.entries(WITHOUT))
      this.health.addWarning(role, async () => ((await this.#living()).has(role) ? undefined : warning));
    const living = (): Promise<ReadonlyMap<string, number> | undefined> =>
      this.#living().catch(() => undefined);
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_nodes',
        help: 'Living processes by role.',
        labelNames: ['role'],
        registers: [],
        async collect() {
          const nodes = await living();
          this.reset();
          // Absent while the database is away: that nobody lives would be a lie.
          for (const role of nodes ? ['api', 'worker', 'scheduler'] : [])
            this.set({ role }, nodes?.get(role) ?? 0);
        },
      }),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.process.roles.includes('worker')) return;
    await this.#beatOn();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#beating;
    if (this.#id === null) return;
    await retireExecutor(this.beatDatabase, this.#id).catch(() => undefined);
  }

  async #living(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ role: string; nodes: number }>(LIVING_ROLES, [
      this.#times.lease,
    ]);
    return new Map(rows.map(({ role, nodes }) => [role, nodes]));
  }

  async #beatOn(): Promise<void> {
    await this.#beat();
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#beating = this.#beatOn();
    }, this.#times.beat);
  }

  /** Once declared dead a registration stays dead: a new one is made, as for a worker. */
  async #beat(): Promise<void> {
    try {
      await this.beatDatabase.connect();
      if (this.#id !== null && (await beatExecutor(this.beatDatabase, this.#id))) return;
      this.#id = await registerExecutor(this.beatDatabase, this.process.roles);
    } catch (error) {
      this.#log.debug({ err: error }, 'no beat while the database is away');
    }
  }
}
