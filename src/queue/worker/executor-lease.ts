// This process as an executor: one registration whose beat is the fence. Once an id is dead it never lives again.
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../platform/clock/index.js';
import { LeaseLostError } from '../operation-kind.js';
import type { QueueTimes } from '../queue.config.js';
import type { QueueStore } from './queue-store.js';

export class ExecutorLease {
  readonly #lost = new AbortController();
  readonly #stopBeating: () => void;
  #acknowledgedAt: number;
  #isBeating = false;

  private constructor(
    readonly id: number,
    private readonly store: QueueStore,
    private readonly clock: Clock,
    private readonly times: QueueTimes,
    acknowledgedAt: number,
  ) {
    this.#acknowledgedAt = acknowledgedAt;
    // Each attempt under way listens.
    setMaxListeners(0, this.#lost.signal);
    this.#stopBeating = clock.every(times.beat, () => void this.#beat());
  }

  static async register(
    store: QueueStore,
    clock: Clock,
    times: QueueTimes,
    roles: readonly string[],
  ): Promise<ExecutorLease> {
    const asked = clock.monotonicMs();
    return new ExecutorLease(await store.register(roles), store, clock, times, asked);
  }

  /** Aborted when the lease is lost: whatever is running must stop and its result is dropped. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get isHeld(): boolean {
    return !this.#lost.signal.aborted;
  }

  /** Whether work may begin: a process that was frozen finds out here, before its timers do. */
  isFresh(): boolean {
    this.#checkAge();
    return this.isHeld;
  }

  /** @throws LeaseLostError when the last acknowledged beat is too old to send anything. */
  assertFresh(): void {
    if (this.isFresh()) return;
    throw new LeaseLostError('The last beat of this executor is too old: another one may own the lane.');
  }

  /** From now on nothing is done under this registration. */
  end(): void {
    this.#stopBeating();
    this.#lost.abort(new LeaseLostError('This executor lost its lease.'));
  }

  async #beat(): Promise<void> {
    // Once too old, a beat must not revive it: work was dropped in the meantime.
    this.#checkAge();
    if (this.#isBeating || !this.isHeld) return;
    this.#isBeating = true;
    const asked = this.clock.monotonicMs();
    try {
      if (await this.store.beat(this.id)) this.#acknowledgedAt = asked;
      else this.end();
    } catch {
      this.#checkAge();
    } finally {
      this.#isBeating = false;
    }
  }

  #checkAge(): void {
    if (this.clock.monotonicMs() - this.#acknowledgedAt > this.times.beatFresh) this.end();
  }
}
