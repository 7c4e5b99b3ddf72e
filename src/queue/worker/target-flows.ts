// How much this process sends to each target: its share, the breaker, and what the target's answers taught it.
import type { Clock } from '../../platform/clock/index.js';
import {
  judge,
  JUST_CLOSED,
  openForMs,
  type TargetFlow,
  type TargetSign,
  UNLIMITED,
} from '../domain/target-flow.js';
import type { Target } from '../target.js';
import type { EndedAttempt } from './claimed-operation.js';

/** What is to be done about a target's breaker. */
export type BreakerMove =
  { readonly kind: 'trip'; readonly reason: string; readonly forMs: number } | { readonly kind: 'close' };

export class TargetFlows {
  readonly #flows = new Map<number, TargetFlow>();
  #targets = new Map<number, Target>();

  constructor(
    private readonly clock: Clock,
    private readonly timeFactor: number,
  ) {}

  /** Takes note of the targets as the database has them now. */
  renew(targets: readonly Target[]): void {
    for (const target of targets) {
      const before = this.#targets.get(target.id);
      if (before && before.breaker !== 'closed' && target.breaker === 'closed')
        this.#flows.set(target.id, JUST_CLOSED);
    }
    this.#targets = new Map(targets.map((target) => [target.id, target]));
  }

  get(id: number): Target | undefined {
    return this.#targets.get(id);
  }

  /** Whether something waits that must run alone, on a target that takes work. */
  get hasSuspects(): boolean {
    return [...this.#targets.values()].some(
      ({ hasSuspects, hold, breaker }) => hasSuspects && isOpen(hold) && breaker !== 'open',
    );
  }

  /** Targets whose breaker was open long enough, and that have nothing in hand here. */
  toProbe(taken: ReadonlyMap<number, number>): number[] {
    return [...this.#targets.values()]
      .filter(({ id, breaker, hold }) => breaker === 'half-open' && isOpen(hold) && !taken.get(id))
      .map(({ id }) => id);
  }

  /** Free places at each target. @param probes targets that may be looked at once */
  places(taken: ReadonlyMap<number, number>, probes: readonly number[]): Map<number, number> {
    return new Map(
      [...this.#targets.values()].map((target) => [target.id, this.#placesAt(target, taken, probes)]),
    );
  }

  #placesAt(target: Target, taken: ReadonlyMap<number, number>, probes: readonly number[]): number {
    if (!isOpen(target.hold)) return 0;
    if (target.breaker !== 'closed') return probes.includes(target.id) ? 1 : 0;
    const limit = this.#flows.get(target.id)?.limit ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(target.share, limit) - (taken.get(target.id) ?? 0));
  }

  /** Learns from an attempt; says what is to be done about the breaker. */
  learn({ operation, result }: EndedAttempt): BreakerMove | null {
    const target = this.#targets.get(operation.targetId);
    if (!target?.hasBreaker) return null;
    // What was held back had read the target.
    if (result.kind === 'held') return target.breaker === 'closed' ? null : { kind: 'close' };
    const sign = result.kind === 'executed' ? 'answered' : (result.sign ?? 'answered');
    if (sign === 'silent') return null;
    const flow = this.#flows.get(target.id) ?? UNLIMITED;
    const judged = judge(flow, sign, target.share, this.clock.monotonicMs(), this.timeFactor);
    this.#flows.set(target.id, judged.flow);
    if (target.breaker !== 'closed') {
      if (sign === 'answered') return { kind: 'close' };
      return this.#trip(target, sign, result);
    }
    return judged.trips ? this.#trip(target, sign, result) : null;
  }

  #trip(target: Target, sign: TargetSign, result: EndedAttempt['result']): BreakerMove {
    const reason = result.kind === 'executed' ? '' : result.message;
    return { kind: 'trip', reason, forMs: openForMs(target.breakerTrips + 1, sign, this.timeFactor) };
  }
}

function isOpen(hold: Target['hold']): boolean {
  return hold === null || hold === 'readonly';
}
