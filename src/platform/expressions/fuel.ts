import { isUint8Array } from 'node:util/types';
import { isCelList, isCelMap, type CelValue } from '@bufbuild/cel';
import { limits } from './limits.js';

/** The work that one evaluation may still do: the same expression stops at the same point on a fast and on a slow host. */
export class Fuel {
  #left = 0;

  refill(): void {
    this.#left = limits.work;
  }

  /** Throws when there is not enough left. Stays exhausted until the next refill, because CEL's `||` forgives errors. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new Error(tooMuchWork);
  }

  /** Pays for a value and all that is in it: one that is shared many times is small in memory and endless to walk. */
  spendFor(value: CelValue): void {
    this.spend(typeof value === 'string' || isUint8Array(value) ? value.length + 1 : 1);
    if (isCelList(value)) for (const element of value) this.spendFor(element);
    else if (isCelMap(value)) for (const element of value.values()) this.spendFor(element);
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }
}

export const tooMuchWork =
  'The expression does more work than one expression may. Shorten the lists and texts it goes through, or split it.';

/** Throws when a text or byte string that `name` is about to make would be too long. */
export function measureText(name: string, length: number): void {
  if (length <= limits.textLength) return;
  throw new Error(
    `“${name.replace(/^_(.+)_$/u, '$1')}” makes a text longer than ${limits.textLength}, which is the limit. Shorten it.`,
  );
}
