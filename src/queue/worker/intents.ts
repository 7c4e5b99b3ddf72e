// Stores what is about to be sent, in groups, and only while the executor and its lane lease live.
import { HeldError, type Intent, LeaseLostError, type UnsettledIntent } from '../operation-kind.js';
import { Batcher } from './batcher.js';
import type { ClaimedOperation } from './claimed-operation.js';
import type { ExecutorLease } from './executor-lease.js';
import type { IntentToStore, QueueStore } from './queue-store.js';

type Stored = Awaited<ReturnType<QueueStore['storeIntents']>>[number];

export class Intents {
  readonly #batcher: Batcher<IntentToStore, Stored>;

  constructor(
    private readonly store: QueueStore,
    private readonly lease: ExecutorLease,
  ) {
    this.#batcher = new Batcher((items) => this.store.storeIntents(this.lease.id, items));
  }

  /**
   * @throws LeaseLostError when the lane is not this executor's any more.
   * @throws HeldError when the target has become read-only.
   */
  async add({ laneId, token, seq, attempts }: ClaimedOperation, intent: Intent): Promise<void> {
    this.lease.assertFresh();
    const stored = await this.#batcher.add({ laneId, token, seq, attempt: attempts + 1, intent });
    if (stored === 'refused') throw new LeaseLostError(`The lane ${laneId} is not this executor's any more.`);
    if (stored !== 'stored')
      throw new HeldError({
        kind: 'held',
        reason: stored,
        message: `The target is read-only: ${intent.action} ${intent.identifier} was not sent.`,
      });
    // The statement may have taken long: look again just before the first byte.
    this.lease.assertFresh();
  }

  unsettled(operation: ClaimedOperation): Promise<readonly UnsettledIntent[]> {
    return this.store.unsettledIntents(operation);
  }
}
