// Once a second: reads all schedules and fires those whose slot has come. The time is the database's, so nodes whose
// clocks are wrong or jump name the same slots; a change on any node is seen by the next beat.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { type ProcessSettings, processSettings } from '../platform/config/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { Schedules } from './schedules.service.js';
import { readTiming, type Timing } from './timing.js';

interface TimingRow {
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  readonly is_paused: boolean;
  readonly is_lapsed: boolean;
  readonly now: Date;
}

interface Plan {
  readonly cron: string;
  readonly zone: string;
  readonly isPaused: boolean;
  readonly timing: Timing | undefined;
  /** The slot to fire next; undefined when there is none. */
  next: Date | undefined;
}

const JOB = 'schedule-beat';
const readTimings = loadStatement('read-timings', import.meta.url);

@Injectable()
export class ScheduleBeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #plans = new Map<string, Plan>();
  readonly #logger = new Logger('Schedules');
  #beating: Promise<void> | undefined;
  #isFailing = false;

  constructor(
    private readonly database: Database,
    private readonly schedules: Schedules,
    private readonly registry: SchedulerRegistry,
    @Inject(processSettings.token) private readonly settings: ProcessSettings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.schedules.start();
    if (!this.settings.roles.includes('scheduler')) return;
    const job = CronJob.from({
      name: JOB,
      cronTime: '* * * * * *',
      timeZone: 'UTC',
      onTick: () => this.#beatOnce(),
      unrefTimeout: true,
    });
    this.registry.addCronJob(JOB, job);
    job.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    // @nestjs/schedule stops every job too, in no certain order with us.
    if (this.registry.doesExist('cron', JOB)) this.registry.deleteCronJob(JOB);
    await this.#beating;
    await this.schedules.stop();
  }

  /**
   * Fires what is due. A node that was held up fires the first slot it missed, once, and goes on with the next to come.
   * @param at instead of the database's time
   */
  async beat(at?: Date): Promise<void> {
    const rows = await this.database.query<TimingRow>(readTimings);
    if (rows.some((row) => row.is_lapsed)) await this.schedules.freeLapsed();
    const firings = rows.map((row) => this.#fireIfDue(row, at ?? row.now));
    const failed = (await Promise.allSettled(firings)).find((firing) => firing.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #fireIfDue(row: TimingRow, now: Date): Promise<void> {
    const plan = this.#planOf(row, now);
    if (plan.next === undefined || plan.next > now) return;
    // When the claim fails the slot stays due: the next beat tries again.
    await this.schedules.fire(row.name, plan.next);
    plan.next = plan.timing?.next(now);
  }

  #planOf(row: TimingRow, now: Date): Plan {
    const known = this.#plans.get(row.name);
    if (known && known.cron === row.cron && known.zone === row.zone && known.isPaused === row.is_paused) {
      return known;
    }
    const timing = this.schedules.find(row.name) && this.#timingOf(row, now);
    const plan: Plan = {
      cron: row.cron,
      zone: row.zone,
      isPaused: row.is_paused,
      timing,
      next: row.is_paused ? undefined : timing?.next(now),
    };
    this.#plans.set(row.name, plan);
    return plan;
  }

  #timingOf({ name, cron, zone }: TimingRow, now: Date): Timing | undefined {
    const read = readTiming(cron, zone, now);
    if ('timing' in read) return read.timing;
    this.#logger.error(
      { schedule: name, cron, zone, faults: read.faults },
      `schedule never fires: correct it with PATCH /api/v1/schedules/${name}`,
    );
    return undefined;
  }

  /** Never overlaps itself. */
  async #beatOnce(): Promise<void> {
    if (this.#beating) return;
    this.#beating = this.#beatAndTell();
    await this.#beating;
    this.#beating = undefined;
  }

  /** Never rejects; an outage is one line in the log. */
  async #beatAndTell(): Promise<void> {
    try {
      await this.beat();
      if (this.#isFailing) this.#logger.log('schedules fire again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        this.#logger.warn({ err: error }, 'schedules do not fire for now; trying every second');
      this.#isFailing = true;
    }
  }
}
