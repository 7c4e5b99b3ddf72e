// This process as an executor: one registration whose beat is the fence. Once an id is dead it never lives again.
import { hostname } from 'node:os';
import type { Clock } from '../../platform/clock/index.js';
import type { Database } from '../../platform/database/index.js';
import { LeaseLostError } from '../operation-kind.js';
import type { QueueTimes } from '../queue.config.js';

export class ExecutorLease {
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #acknowledgedAt: number;
  #isBeating = false;

  private constructor(
    readonly id: number,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly times: QueueTimes,
    acknowledgedAt: number,
  ) {
    this.#acknowledgedAt = acknowledgedAt;
    this.#timer = setInterval(() => void this.#beat(), times.beat);
  }

  static async register(
    database: Database,
    clock: Clock,
    times: QueueTimes,
    roles: readonly string[],
  ): Promise<ExecutorLease> {
    const asked = clock.monotonicMs();
    const rows = await database.query<{ id: number }>(
      'insert into queue_executors (node, pid, roles) values ($1, $2, $3) returning id',
      [hostname(), process.pid, roles],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error('The executor was not registered.');
    return new ExecutorLease(id, database, clock, times, asked);
  }

  /** Aborted when the lease is lost: whatever is running must stop and its result is dropped. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get isHeld(): boolean {
    return !this.#lost.signal.aborted;
  }

  /** @throws LeaseLostError when the last acknowledged beat is too old to send anything. */
  assertFresh(): void {
    this.#checkAge();
    if (this.isHeld) return;
    throw new LeaseLostError('The last beat of this executor is too old: another one may own the lane.');
  }

  /** Gives the registration back, so that nobody waits for the lease to run out. */
  async retire(): Promise<void> {
    this.#end();
    // For update: a flush in progress holds the row, and its lanes must not be rescued under it.
    await this.database.query(
      'update queue_executors set is_dead = true where id = (select id from queue_executors where id = $1 for update)',
      [this.id],
    );
  }

  async #beat(): Promise<void> {
    // Once too old, a beat must not revive it: work was dropped in the meantime.
    this.#checkAge();
    if (this.#isBeating || !this.isHeld) return;
    this.#isBeating = true;
    const asked = this.clock.monotonicMs();
    try {
      const rows = await this.database.query<{ id: number }>(
        'update queue_executors set beat_at = now() where id = $1 and not is_dead returning id',
        [this.id],
      );
      if (rows.length === 0) this.#end();
      else this.#acknowledgedAt = asked;
    } catch {
      this.#checkAge();
    } finally {
      this.#isBeating = false;
    }
  }

  #checkAge(): void {
    if (this.clock.monotonicMs() - this.#acknowledgedAt > this.times.beatFresh) this.#end();
  }

  #end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#lost.abort(new LeaseLostError('This executor lost its lease.'));
  }
}
