// What a verification has found so far: the first faults of each kind of look, and how much is not shown.
import type { Mismatch, SealOf } from './domain/chain-walk.js';
import { explainMismatches, type Stranger } from './domain/explain-mismatches.js';
import type { Fault } from './domain/fault.js';
import { inserted } from './domain/verification.js';
import { withId } from './sealed-text.js';

const SHOWN = 100;

export class Findings {
  readonly #faults: Fault[] = [];
  readonly #mismatches: Mismatch[] = [];
  readonly #strangers: number[] = [];

  add(...faults: readonly Fault[]): void {
    this.#faults.push(...faults.slice(0, SHOWN - this.#faults.length));
  }

  addMismatch(mismatch: Mismatch | null | undefined): void {
    if (mismatch && this.#mismatches.length < SHOWN) this.#mismatches.push(mismatch);
  }

  addStranger(recordId: number): void {
    if (this.#strangers.length < SHOWN) this.#strangers.push(recordId);
  }

  /** Records without a seal that should have one. */
  get strangers(): readonly number[] {
    return this.#strangers;
  }

  /** Every fault, by its place; what has none comes last. */
  toFaults(strangers: readonly Stranger[], sealOf: SealOf): Fault[] {
    return [
      ...explainMismatches(this.#mismatches, strangers, { sealOf, withId }),
      ...this.#faults,
      ...this.#strangers.map(inserted),
    ]
      .toSorted((left, right) => (left.position ?? Infinity) - (right.position ?? Infinity))
      .slice(0, SHOWN);
  }
}
