// What people see and change of schedules: the rows of those registered in this version.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { type Actor, decodeCursor, type Page, pageOf, requireMatch } from '../platform/http/index.js';
import type { CatchUp } from './domain/catch-up.js';
import type {
  ScheduleChange,
  ScheduleDocument,
  SchedulePreview,
  ScheduleRunDocument,
  ScheduleSlots,
  SlotsQuery,
} from './schedule.schema.js';
import { scheduleProblem } from './schedule.problems.js';
import { scheduleNotFound, Schedules } from './schedules.service.js';
import { nextSlots, readTiming, type Timing } from './timing.js';

interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

interface EntryRow {
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  readonly is_paused: boolean;
  readonly catch_up: CatchUp;
  readonly last_slot: Date | null;
  readonly skipped_slots: number;
  readonly run_id: string | null;
  readonly last_started_at: Date | null;
  readonly last_finished_at: Date | null;
  readonly last_outcome: 'succeeded' | 'failed' | null;
  readonly last_counts: Record<string, number> | null;
  readonly last_error: string | null;
  readonly version: number;
}

interface RunRow {
  readonly id: string;
  readonly slot: Date | null;
  readonly trigger: 'slot' | 'catch-up' | 'manual';
  readonly actor: string;
  readonly node: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly outcome: 'succeeded' | 'failed' | null;
  readonly counts: Record<string, number> | null;
  readonly error: string | null;
}

interface Versioned {
  readonly schedule: ScheduleDocument;
  readonly version: number;
}

const SLOTS_SHOWN = 3;
const entryKey = z.tuple([z.string().max(100)]);
const runKey = z.tuple([z.iso.datetime(), z.uuid()]);

const listSchedules = loadStatement('list-schedules', import.meta.url);
const lockSchedule = loadStatement('lock-schedule', import.meta.url);
const changeSchedule = loadStatement('change-schedule', import.meta.url);
const listRuns = loadStatement('list-runs', import.meta.url);
const showRun = loadStatement('show-run', import.meta.url);

@Injectable()
export class ScheduleEntries {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly schedules: Schedules,
  ) {}

  async list({ limit, after }: PageQuery): Promise<Page<ScheduleDocument>> {
    const [name] = after === undefined ? [null] : decodeCursor(after, entryKey);
    const rows = await this.database.query<EntryRow>(listSchedules, [this.schedules.names, name, limit + 1]);
    return pageOf(
      rows,
      limit,
      (row) => this.#toDocument(row),
      (row) => [row.name],
    );
  }

  /** @throws Problem 404 */
  async show(name: string): Promise<Versioned> {
    this.#requireKnown(name);
    const [row] = await this.database.query<EntryRow>(listSchedules, [[name], null, 1]);
    if (!row) throw scheduleNotFound(name);
    return { schedule: this.#toDocument(row), version: row.version };
  }

  /** @throws Problem 404, 412, 422 naming the field that would keep it from firing */
  async change(
    name: string,
    change: ScheduleChange,
    ifMatch: string | undefined,
    actor: Actor,
  ): Promise<Versioned> {
    this.#requireKnown(name);
    await this.database.transact(async (transaction) => {
      const [row] = await transaction.query<
        Pick<EntryRow, 'cron' | 'zone' | 'is_paused' | 'catch_up' | 'version'>
      >(lockSchedule, [name]);
      if (!row) throw scheduleNotFound(name);
      requireMatch(ifMatch, row.version);
      const before = { cron: row.cron, zone: row.zone, isPaused: row.is_paused, catchUp: row.catch_up };
      const after = {
        cron: change.cron ?? before.cron,
        zone: change.zone ?? before.zone,
        isPaused: change.isPaused ?? before.isPaused,
        catchUp: change.catchUp ?? before.catchUp,
      };
      this.#requireTiming(after.cron, after.zone);
      if (JSON.stringify(before) === JSON.stringify(after)) return;
      await transaction.query(changeSchedule, [name, after.cron, after.zone, after.isPaused, after.catchUp]);
      await this.audit.record(transaction, {
        actor,
        action: 'schedule.updated',
        objectType: 'schedule',
        objectId: name,
        before,
        after,
      });
    });
    return this.show(name);
  }

  /** The times to come, paused or not. @throws Problem 404, 422 when what is stored names none */
  async listSlots(name: string, query: SlotsQuery): Promise<ScheduleSlots> {
    const { schedule } = await this.show(name);
    return this.preview({ cron: schedule.cron, zone: schedule.zone, ...query });
  }

  /** The times to come of a schedule that nobody has saved. @throws Problem 422 naming the field that is wrong */
  preview({ cron, zone, count, from }: SchedulePreview): ScheduleSlots {
    const timing = this.#requireTiming(cron, zone);
    const start = from === undefined ? this.clock.now() : new Date(from);
    const slots = nextSlots(timing, start, count).map((slot) => {
      const { time, offset } = timing.localTime(slot);
      return { slot: slot.toISOString(), localTime: time, offset };
    });
    return { cron, zone, slots };
  }

  /** Newest first. @throws Problem 404 */
  async listRuns(name: string, { limit, after }: PageQuery): Promise<Page<ScheduleRunDocument>> {
    this.#requireKnown(name);
    const [startedAt, id] = after === undefined ? [null, null] : decodeCursor(after, runKey);
    const rows = await this.database.query<RunRow>(listRuns, [name, startedAt, id, limit + 1]);
    return pageOf(rows, limit, toRunDocument, (row) => [row.started_at.toISOString(), row.id]);
  }

  /** @throws Problem 404 */
  async showRun(name: string, id: string): Promise<ScheduleRunDocument> {
    this.#requireKnown(name);
    const [row] = await this.database.query<RunRow>(showRun, [name, id]);
    if (row) return toRunDocument(row);
    throw scheduleProblem.runNotFound(
      `${name} has no run ${id}; only the newest 100 are kept. GET /api/v1/schedules/${name}/runs lists them.`,
    );
  }

  #requireKnown(name: string): void {
    if (!this.schedules.find(name)) throw scheduleNotFound(name);
  }

  #requireTiming(cron: string, zone: string): Timing {
    const read = readTiming(cron, zone, this.clock.now());
    if ('timing' in read) return read.timing;
    throw scheduleProblem.invalidTiming(
      read.faults.map(({ field, detail }) => `${field}: ${detail}`).join(' '),
      {
        errors: read.faults.map(({ field, detail }) => ({ pointer: `/${field}`, detail })),
      },
    );
  }

  #toDocument(row: EntryRow): ScheduleDocument {
    const now = this.clock.now();
    const read = readTiming(row.cron, row.zone, now);
    const slots = row.is_paused || 'faults' in read ? [] : nextSlots(read.timing, now, SLOTS_SHOWN);
    return {
      name: row.name,
      about: this.schedules.find(row.name)?.about ?? '',
      cron: row.cron,
      zone: row.zone,
      isPaused: row.is_paused,
      catchUp: row.catch_up,
      nextSlots: slots.map((slot) => slot.toISOString()),
      lastSlot: toText(row.last_slot),
      skippedSlots: row.skipped_slots,
      currentRunId: row.run_id,
      lastStartedAt: toText(row.last_started_at),
      lastFinishedAt: toText(row.last_finished_at),
      lastOutcome: row.last_outcome,
      lastCounts: row.last_counts,
      lastError: row.last_error,
    };
  }
}

function toRunDocument(row: RunRow): ScheduleRunDocument {
  return {
    id: row.id,
    slot: toText(row.slot),
    trigger: row.trigger,
    actor: row.actor,
    node: row.node,
    startedAt: row.started_at.toISOString(),
    finishedAt: toText(row.finished_at),
    outcome: row.outcome,
    counts: row.counts,
    error: row.error,
  };
}

function toText(moment: Date | null): string | null {
  return moment === null ? null : moment.toISOString();
}
