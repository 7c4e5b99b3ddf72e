// One run in progress: keeps its lease, aborts it when it must end, records what came of it.
// Nobody else starts this schedule before the lease lapses; the signal is aborted well before that.
import { Logger } from '@nestjs/common';
import type { Clock } from '../platform/clock/index.js';
import { type Database, loadStatement } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import type { ScheduleDefinition } from './schedule-definition.js';

/** A run whose process died frees its schedule after this time. */
export const LEASE_SECONDS = 30;
const RENEW_EVERY_MS = 5_000;
/** Without a renewal for this long the run is aborted; it has the rest of the lease to end. */
const ABORT_AFTER_MS = 20_000;
const LONGEST_RUN_SECONDS = 600;
const RUNS_KEPT = 100;
const LONGEST_ERROR = 2_000;

const renewLease = loadStatement('renew-lease', import.meta.url);
const finishRun = loadStatement('finish-run', import.meta.url);

type Result =
  | { readonly outcome: 'succeeded'; readonly counts: Record<string, number> }
  | { readonly outcome: 'failed'; readonly error: string };

export class ScheduleRun {
  /** Resolves when the run has ended and is recorded; never rejects. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  readonly #startedMs: number;
  #renewedMs: number;
  readonly #logger = new Logger('Schedules');

  /** @param claimedMs monotonic milliseconds from before the claim that won the lease */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly definition: ScheduleDefinition,
    readonly id: string,
    slot: Date | null,
    actor: Actor,
    claimedMs: number,
  ) {
    this.#startedMs = claimedMs;
    this.#renewedMs = claimedMs;
    this.ended = this.#carryOut(slot, actor);
  }

  /** Asks the run to end; `reason` becomes its error unless it succeeds all the same. */
  stop(reason: string): void {
    this.#abort.abort(new Error(reason));
  }

  /** Keeps the lease while the run may go on; called by a timer. */
  async renew(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    const longest = this.definition.longestRunSeconds ?? LONGEST_RUN_SECONDS;
    if (nowMs - this.#startedMs > longest * 1000) {
      // The lease is left to lapse: a run that does not even end now must not hold up the next for ever.
      this.stop(`It took longer than ${longest} seconds.`);
      return;
    }
    if (nowMs - this.#renewedMs > ABORT_AFTER_MS)
      this.stop('The database did not answer; the lease could not be kept.');
    try {
      const held = await this.database.query(renewLease, [this.id, LEASE_SECONDS]);
      if (held.length > 0) this.#renewedMs = nowMs;
      else this.stop('The lease was lost: this process was held up for too long.');
    } catch (error) {
      this.#logger.warn({ schedule: this.definition.name, run_id: this.id, err: error }, 'lease not renewed');
    }
  }

  async #carryOut(slot: Date | null, actor: Actor): Promise<void> {
    const timer = setInterval(() => void this.renew(), RENEW_EVERY_MS);
    timer.unref();
    const result = await this.#result(slot, actor);
    clearInterval(timer);
    await this.#record(result);
  }

  async #result(slot: Date | null, actor: Actor): Promise<Result> {
    const { signal } = this.#abort;
    try {
      return { outcome: 'succeeded', counts: await this.definition.run({ signal, slot, actor }) };
    } catch (error) {
      const fields = { schedule: this.definition.name, run_id: this.id, slot };
      if (signal.aborted) this.#logger.warn({ ...fields, err: signal.reason as Error }, 'run stopped');
      else this.#logger.error({ ...fields, err: error }, 'run failed');
      return { outcome: 'failed', error: toStoredText(signal.aborted ? signal.reason : error) };
    }
  }

  async #record(result: Result): Promise<void> {
    const counts = result.outcome === 'succeeded' ? JSON.stringify(result.counts) : null;
    const error = result.outcome === 'failed' ? result.error : null;
    const fields = { schedule: this.definition.name, run_id: this.id, outcome: result.outcome };
    try {
      const held = await this.database.query(finishRun, [this.id, result.outcome, counts, error, RUNS_KEPT]);
      if (held.length > 0) this.#logger.debug(fields, 'run ended');
      else this.#logger.warn(fields, 'run ended after its lease had lapsed');
    } catch (failure) {
      // The lease lapses, and whoever frees it records that the end was not reported.
      this.#logger.warn({ ...fields, err: failure }, 'end of a run not recorded');
    }
  }
}

/** What PostgreSQL can hold of an error's message. */
function toStoredText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.toWellFormed().replaceAll('\u0000', '\uFFFD').slice(0, LONGEST_ERROR) || 'unnamed error';
}
