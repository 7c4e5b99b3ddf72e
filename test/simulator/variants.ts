// Stores and kinds with one rule taken out each. The simulator is worth its time only if it notices.
import type { LeasedRef, Settling } from '../../src/queue/worker/queue-store.js';
import { MemoryQueueStore } from './model/memory-queue-store.js';
import { MemorySettling } from './model/memory-settling.js';
import { keyOf, type Lane } from './model/tables.js';
import type { Variant } from './world/simulation.js';

/** Takes the outcomes of whoever has any, dead or alive. */
class UnfencedSettling extends MemorySettling {
  override async lockOwned(_executorId: number, refs: readonly LeasedRef[]): Promise<ReadonlySet<string>> {
    return new Set(refs.filter((ref) => this.deps.tables.find(ref.laneId, ref.seq)).map((ref) => keyOf(ref)));
  }

  protected override owned(_executorId: number, { laneId }: LeasedRef): Lane | null {
    return this.deps.tables.lanes.get(laneId) ?? null;
  }
}

class UnfencedStore extends MemoryQueueStore {
  protected override settling(): MemorySettling {
    return new UnfencedSettling(this.deps);
  }
}

/** Hands out the next operation before the end of the last one is durable: now and then it never is. */
class HastyStore extends MemoryQueueStore {
  #settlings = 0;

  override async settle<Result>(work: (settling: Settling) => Promise<Result>): Promise<Result> {
    this.#settlings += 1;
    if (this.#settlings % 10 !== 0) return super.settle(work);
    const handedOut: Result[] = [];
    await this.tables
      .transact(async () => {
        handedOut.push(await work(this.settling()));
        throw new Error('The commit is lost after the answer was given.');
      })
      .catch(() => undefined);
    const [result] = handedOut;
    return result === undefined ? super.settle(work) : result;
  }
}

class KeepingStore extends MemoryQueueStore {
  override async release(): Promise<void> {}
}

class WaryStore extends MemoryQueueStore {
  override async closeBreaker(): Promise<void> {}
}

export const VARIANTS = {
  'a dead executor settles': { store: (deps) => new UnfencedStore(deps) },
  'the next is handed out before the last is durable': { store: (deps) => new HastyStore(deps) },
  'a change is sent again without reading first': { readsBack: false },
  'lanes are not given back': { store: (deps) => new KeepingStore(deps) },
  'what a worker has in hand is superseded': { replacesHandedOut: true },
  'a breaker never closes': { store: (deps) => new WaryStore(deps) },
} as const satisfies Record<string, Variant>;
