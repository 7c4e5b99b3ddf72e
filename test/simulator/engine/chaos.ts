// Which faults a schedule has and when they strike. As in FoundationDB, a kind of fault is active in some schedules only,
// so that each schedule is another mixture: some quiet, some with one trouble, some with everything at once.
import type { Random } from './random.js';

/** How often each kind strikes where it is active. */
const STRIKES = {
  'slow-statement': 0.1,
  'connection-lost': 0.04,
  'commit-unknown': 0.04,
  'beat-lost': 0.25,
  'row-held': 0.15,
  'stale-look': 0.25,
  'wake-up-lost': 0.5,
  'tick-missed': 0.25,
  'request-swallowed': 0.08,
  'reply-swallowed': 0.12,
  'target-hangs': 0.06,
  'target-refuses': 0.08,
  'target-busy': 0.15,
  'target-asks-for-less': 0.15,
  'handler-throws': 0.06,
  // These are moves of the schedule itself: see schedule.ts.
  'target-down': 1,
  'database-away': 1,
  'process-crash': 1,
  'process-freeze': 1,
  'process-restart': 1,
  'clock-jump': 1,
} as const;

export type Fault = keyof typeof STRIKES;
export const FAULTS = Object.keys(STRIKES) as Fault[];

const ACTIVE = 0.25;

export class Chaos {
  readonly counts = new Map<Fault, number>();
  readonly #active: ReadonlySet<Fault>;
  #isOver = false;

  constructor(private readonly random: Random) {
    this.#active = new Set(FAULTS.filter(() => random.chance(ACTIVE)));
  }

  isActive(fault: Fault): boolean {
    return !this.#isOver && this.#active.has(fault);
  }

  strikes(fault: Fault): boolean {
    if (!this.isActive(fault) || !this.random.chance(STRIKES[fault])) return false;
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    return true;
  }

  /** From now on nothing goes wrong. */
  stop(): void {
    this.#isOver = true;
  }
}
