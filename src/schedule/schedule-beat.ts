// Once a second: reads all schedules, decides which of their times have come and were missed, and fires them. The time
// and how far each schedule has come are the database's, so that nodes whose clocks are wrong or jump decide the same,
// a change on any node is seen by the next beat, and whoever starts after an absence knows what was missed.
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
import { type CatchUp, type Decision, decideSlots } from './domain/catch-up.js';
import { Schedules } from './schedules.service.js';
import { readTiming, type Timing } from './timing.js';

interface TimingRow {
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  readonly is_paused: boolean;
  readonly catch_up: CatchUp;
  readonly considered_until: Date;
  readonly is_running: boolean;
  readonly is_lapsed: boolean;
  readonly now: Date;
}

/** A timing as it was read, and what from. */
interface KnownTiming {
  readonly cron: string;
  readonly zone: string;
  /** Undefined when it is not valid, or nobody registered the schedule here. */
  readonly timing: Timing | undefined;
}

const JOB = 'schedule-beat';
const readTimings = loadStatement('read-timings', import.meta.url);

@Injectable()
export class ScheduleBeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #timings = new Map<string, KnownTiming>();
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

  /** Fires what is due: of each schedule at most one slot, for it has one run at a time. */
  async beat(): Promise<void> {
    const rows = await this.database.query<TimingRow>(readTimings);
    if (rows.some((row) => row.is_lapsed)) await this.schedules.freeLapsed();
    const firings = rows.map((row) => this.#fireIfDue(row));
    const failed = (await Promise.allSettled(firings)).find((firing) => firing.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #fireIfDue(row: TimingRow): Promise<void> {
    const timing = row.is_paused ? undefined : this.#timingOf(row);
    if (timing === undefined) return;
    const decision = decideSlots(
      {
        catchUp: row.catch_up,
        consideredUntil: row.considered_until.getTime(),
        now: row.now.getTime(),
        isRunning: row.is_running && !row.is_lapsed,
      },
      (after) => timing.next(new Date(after))?.getTime(),
    );
    // When this fails the slots stay due: the next beat tries again.
    if (decision !== undefined && (await this.#carryOut(row, decision))) this.#tell(row, decision);
  }

  /** Whether this node was the one that did. */
  async #carryOut(row: TimingRow, { fire, waits, leftOut, consideredUntil }: Decision): Promise<boolean> {
    const [first, second] = fire;
    const from = row.considered_until;
    if (first === undefined) {
      return this.schedules.leaveOut(row.name, { from, to: new Date(consideredUntil), leftOut });
    }
    const firing = await this.schedules.fire(row.name, {
      from,
      // The others are found again by the next beat.
      to: new Date(second === undefined ? consideredUntil : first.slot),
      leftOut,
      slot: new Date(first.slot),
      isCatchUp: first.isCatchUp,
      waits,
    });
    return firing.kind !== 'refused';
  }

  #tell({ name, catch_up, considered_until, now }: TimingRow, { fire, leftOut }: Decision): void {
    const fields = { schedule: name, catch_up, since: considered_until, left_out: leftOut };
    if (considered_until > now) {
      this.#logger.warn(fields, "the database's clock was put back: the schedule goes on from there");
    } else if (leftOut > 0) {
      const fate = fire.length === 0 ? 'do not fire' : 'have no run of their own';
      this.#logger.warn(fields, `the schedule missed times; ${leftOut} of them ${fate}`);
    }
  }

  #timingOf(row: TimingRow): Timing | undefined {
    const known = this.#timings.get(row.name);
    if (known && known.cron === row.cron && known.zone === row.zone) return known.timing;
    const timing = this.schedules.find(row.name) && this.#readTiming(row);
    this.#timings.set(row.name, { cron: row.cron, zone: row.zone, timing });
    return timing;
  }

  #readTiming({ name, cron, zone, now }: TimingRow): Timing | undefined {
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
