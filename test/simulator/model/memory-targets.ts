// Targets and their breakers in memory: sql/list-targets.sql, take-probe.sql, trip-breaker.sql and close-breaker.sql.
import { type Target, toTarget } from '../../../src/queue/target.js';
import { type Lane, SUSPECT, type Tables, type TargetState } from './tables.js';

export class MemoryTargets {
  constructor(protected readonly tables: Tables) {}

  async targets(executorId: number): Promise<readonly Target[]> {
    const now = this.tables.clock();
    let executors = 0;
    let rank = 0;
    for (const { id, isDead, roles } of this.tables.executors.values()) {
      if (isDead || !roles.includes('worker')) continue;
      executors += 1;
      if (id < executorId) rank += 1;
    }
    const suspected = new Set<number>();
    for (const { state, priority, targetId, runAt } of this.tables.lanes.values())
      if (state === 'ready' && priority === SUSPECT && runAt <= now) suspected.add(targetId);
    return Array.from(this.tables.targets.values(), (target) =>
      toTarget({
        id: target.id,
        name: target.name,
        mode: target.mode,
        hold: target.hold,
        concurrency: target.concurrency,
        rate_per_second: target.rate_per_second,
        retry_policy: target.retry_policy,
        retry_settings: target.retry_settings,
        has_breaker: target.has_breaker,
        breaker_trips: target.breaker_trips,
        breaker: breakerOf(target, now),
        executors: Math.max(1, executors),
        rank,
        has_suspects: suspected.has(target.id),
      }),
    );
  }

  async takeProbes(
    targetIds: readonly number[],
    executorId: number,
    forMs: number,
    priorities: readonly number[],
  ): Promise<readonly number[]> {
    const now = this.tables.clock();
    const free = targetIds.filter((id) => {
      const { breakerOpenUntil, probeUntil } = this.tables.target(id);
      const isHalfOpen = breakerOpenUntil !== null && breakerOpenUntil <= now;
      return (
        isHalfOpen &&
        (probeUntil === null || probeUntil < now) &&
        this.due(id).some(({ priority }) => priorities.includes(priority))
      );
    });
    for (const id of free)
      this.tables.patch(this.tables.target(id), { probeExecutorId: executorId, probeUntil: now + forMs });
    return free;
  }

  async tripBreaker(targetId: number, _reason: string, forMs: number, executorId: number): Promise<void> {
    const now = this.tables.clock();
    const target = this.tables.target(targetId);
    const { breakerOpenUntil, probeExecutorId, probeUntil } = target;
    const isProbeOver = probeExecutorId === executorId || (probeUntil !== null && probeUntil < now);
    const isNew = breakerOpenUntil === null || (breakerOpenUntil <= now && isProbeOver);
    if (!target.has_breaker || !isNew) return;
    this.tables.patch(target, {
      breakerOpenUntil: now + forMs,
      breaker_trips: target.breaker_trips + 1,
      probeExecutorId: null,
      probeUntil: null,
    });
  }

  async closeBreaker(targetId: number, executorId: number): Promise<void> {
    const target = this.tables.target(targetId);
    const { breakerOpenUntil, probeExecutorId } = target;
    if (breakerOpenUntil === null || breakerOpenUntil > this.tables.clock()) return;
    if (probeExecutorId === executorId) this.#resetBreaker(target);
  }

  #resetBreaker(target: TargetState): void {
    this.tables.patch(target, {
      breakerOpenUntil: null,
      breaker_trips: 0,
      probeExecutorId: null,
      probeUntil: null,
    });
  }

  protected due(targetId: number): Lane[] {
    const now = this.tables.clock();
    return [...this.tables.lanes.values()].filter(
      (lane) => lane.targetId === targetId && lane.state === 'ready' && lane.runAt <= now,
    );
  }
}

function breakerOf({ breakerOpenUntil }: TargetState, now: number): Target['breaker'] {
  if (breakerOpenUntil === null) return 'closed';
  return breakerOpenUntil > now ? 'open' : 'half-open';
}
