// How the schedules of this version stand, for scrapes, probes and the doctor.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Database, loadStatement } from '../platform/database/index.js';
import { Metrics } from '../platform/metrics/index.js';
import { Schedules } from './schedules.service.js';
import { readTiming } from './timing.js';

export interface ScheduleStanding {
  readonly name: string;
  readonly isPaused: boolean;
  /** Whether its cron and zone name any time at all. */
  readonly isValid: boolean;
  /** When it fires next; null when it is paused or names no time. */
  readonly nextAt: Date | null;
  /** How long a time has come that nobody has dealt with; 0 when there is none. */
  readonly overdueSeconds: number;
  /** What the last run failed with; null when it did not. */
  readonly lastError: string | null;
}

interface StandingRow {
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  readonly is_paused: boolean;
  readonly considered_until: Date;
  readonly is_running: boolean;
  readonly last_outcome: 'succeeded' | 'failed' | null;
  readonly last_error: string | null;
  readonly now: Date;
}

const SCHEDULE_STANDINGS = loadStatement('schedule-standings', import.meta.url);

@Injectable()
export class ScheduleStandings implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly schedules: Schedules,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.#register(
      'provost_schedule_enabled',
      'Whether the schedule fires: it is not paused.',
      ({ isPaused }) => (isPaused ? 0 : 1),
    );
    this.#register(
      'provost_schedule_overdue_seconds',
      'How long a time of the schedule has come that no node has dealt with.',
      ({ overdueSeconds }) => overdueSeconds,
    );
    this.#register('provost_schedule_last_run_failed', 'Whether the last run failed.', ({ lastError }) =>
      lastError === null ? 0 : 1,
    );
  }

  async all(): Promise<ScheduleStanding[]> {
    const rows = await this.database.query<StandingRow>(SCHEDULE_STANDINGS, [this.schedules.names]);
    return rows.map(toStanding);
  }

  #register(name: string, help: string, valueOf: (standing: ScheduleStanding) => number): void {
    const all = (): Promise<ScheduleStanding[]> => this.all();
    this.metrics.registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ['name'],
        registers: [],
        async collect() {
          const standings = await all();
          this.reset();
          for (const standing of standings) this.set({ name: standing.name }, valueOf(standing));
        },
      }),
    );
  }
}

function toStanding(row: StandingRow): ScheduleStanding {
  const read = readTiming(row.cron, row.zone, row.now);
  const timing = 'timing' in read ? read.timing : undefined;
  // While a run goes on, what comes meanwhile may wait for its end.
  const isAwaited = timing !== undefined && !row.is_paused && !row.is_running;
  const due = isAwaited ? timing.next(row.considered_until) : undefined;
  return {
    name: row.name,
    isPaused: row.is_paused,
    isValid: timing !== undefined,
    nextAt: row.is_paused ? null : (timing?.next(row.now) ?? null),
    overdueSeconds: due === undefined ? 0 : Math.max(0, (row.now.getTime() - due.getTime()) / 1_000),
    lastError: row.last_outcome === 'failed' ? (row.last_error ?? 'without words') : null,
  };
}
