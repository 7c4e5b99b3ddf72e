// A process of the simulation: it lives, is frozen, dies; its clock may be wrong, its monotonic clock never is.
import { Clock } from '../../../src/platform/clock/index.js';
import type { Life, Scheduler } from './scheduler.js';

/** When the simulated world begins. */
export const EPOCH_MS = Date.UTC(2030, 0, 1);

export class SimulatedProcess implements Life {
  isAlive = true;
  frozenUntil = 0;
  /** How wrong its wall clock is. */
  skewMs = 0;
  readonly clock: Clock;

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {
    this.clock = new SimulatedClock(this, scheduler);
  }

  get isFrozen(): boolean {
    return this.frozenUntil > this.scheduler.nowMs;
  }

  /** Nothing of it happens any more; what it waits for never comes. */
  crash(): void {
    this.isAlive = false;
  }

  freeze(milliseconds: number): void {
    this.frozenUntil = this.scheduler.nowMs + milliseconds;
  }
}

class SimulatedClock extends Clock {
  constructor(
    private readonly process: SimulatedProcess,
    private readonly scheduler: Scheduler,
  ) {
    super();
  }

  now(): Date {
    return new Date(EPOCH_MS + this.scheduler.nowMs + this.process.skewMs);
  }

  monotonicMs(): number {
    return this.scheduler.nowMs;
  }

  override after(milliseconds: number, work: () => void): () => void {
    return this.scheduler.at(milliseconds, work, this.process);
  }
}
