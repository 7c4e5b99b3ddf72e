// Stores what is about to be sent, in groups, and only while the executor and its lane lease live.
import { type Database, loadStatement } from '../../platform/database/index.js';
import { type Intent, LeaseLostError, type UnsettledIntent } from '../operation-kind.js';
import { Batcher } from './batcher.js';
import type { ClaimedOperation } from './claimed-operation.js';
import type { ExecutorLease } from './executor-lease.js';

const STORE_INTENTS = loadStatement('store-intents', new URL('..', import.meta.url).href);
const UNSETTLED_INTENTS = loadStatement('unsettled-intents', new URL('..', import.meta.url).href);

interface Item {
  readonly operation: ClaimedOperation;
  readonly intent: Intent;
}

export class Intents {
  readonly #batcher: Batcher<Item, boolean>;

  constructor(
    private readonly database: Database,
    private readonly lease: ExecutorLease,
  ) {
    this.#batcher = new Batcher((items) => this.#store(items));
  }

  /** @throws LeaseLostError when the lane is not this executor's any more. */
  async store(operation: ClaimedOperation, intent: Intent): Promise<void> {
    this.lease.assertFresh();
    const isStored = await this.#batcher.add({ operation, intent });
    if (!isStored) throw new LeaseLostError(`The lane ${operation.laneId} is not this executor's any more.`);
    // The statement may have taken long: look again just before the first byte.
    this.lease.assertFresh();
  }

  async unsettled(operation: ClaimedOperation): Promise<readonly UnsettledIntent[]> {
    return this.database.query<UnsettledIntent>(UNSETTLED_INTENTS, [operation.laneId, operation.seq]);
  }

  async #store(items: readonly Item[]): Promise<boolean[]> {
    const rows = await this.database.query<{ lane_id: number; seq: number }>(STORE_INTENTS, [
      this.lease.id,
      items.map(({ operation }) => operation.laneId),
      items.map(({ operation }) => operation.token),
      items.map(({ operation }) => operation.seq),
      items.map(({ operation }) => operation.attempts + 1),
      items.map(({ intent }) => intent.action),
      items.map(({ intent }) => intent.identifier.toWellFormed().replaceAll('\u0000', '\uFFFD')),
      items.map(({ intent }) => JSON.stringify(intent.digests)),
    ]);
    const stored = new Set(rows.map((row) => `${row.lane_id}-${row.seq}`));
    return items.map(({ operation }) => stored.has(`${operation.laneId}-${operation.seq}`));
  }
}
