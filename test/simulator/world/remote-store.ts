// The store as a process reaches it, over its connection.
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import type {
  ClaimRequest,
  IntentToStore,
  QueueStore,
  Settling,
} from '../../../src/queue/worker/queue-store.js';
import type { SimulatedProcess } from '../engine/simulated-process.js';
import { Connection, lost, type Network } from './connection.js';

export class RemoteStore implements QueueStore {
  readonly #connection: Connection;

  constructor(
    private readonly store: QueueStore,
    private readonly network: Network,
    process: SimulatedProcess,
    private readonly onRegistered: (executorId: number) => void,
  ) {
    this.#connection = new Connection(network, process);
  }

  prepare(): Promise<void> {
    return this.#connection.statement(() => this.store.prepare());
  }

  register(roles: readonly string[]): Promise<number> {
    return this.#connection.statement(async () => {
      const id = await this.store.register(roles);
      this.onRegistered(id);
      return id;
    });
  }

  beat(executorId: number): Promise<boolean> {
    if (this.network.chaos.strikes('beat-lost'))
      return this.#connection.statement(() => {
        throw lost('ECONNRESET');
      });
    return this.#connection.statement(() => this.store.beat(executorId));
  }

  retire(executorId: number): Promise<void> {
    return this.#connection.statement(() => this.store.retire(executorId));
  }

  targets(executorId: number): ReturnType<QueueStore['targets']> {
    return this.#connection.statement(() => this.store.targets(executorId));
  }

  takeProbes(
    targetIds: readonly number[],
    executorId: number,
    forMs: number,
    priorities: readonly number[],
  ): ReturnType<QueueStore['takeProbes']> {
    return this.#connection.statement(() => this.store.takeProbes(targetIds, executorId, forMs, priorities));
  }

  tripBreaker(targetId: number, reason: string, forMs: number, executorId: number): Promise<void> {
    return this.#connection.statement(() => this.store.tripBreaker(targetId, reason, forMs, executorId));
  }

  closeBreaker(targetId: number, executorId: number): Promise<void> {
    return this.#connection.statement(() => this.store.closeBreaker(targetId, executorId));
  }

  claim(request: ClaimRequest): ReturnType<QueueStore['claim']> {
    return this.#connection.statement(() => this.store.claim(request));
  }

  storeIntents(
    executorId: number,
    intents: readonly IntentToStore[],
  ): ReturnType<QueueStore['storeIntents']> {
    return this.#connection.statement(() => this.store.storeIntents(executorId, intents));
  }

  unsettledIntents(ref: OperationRef): ReturnType<QueueStore['unsettledIntents']> {
    return this.#connection.statement(() => this.store.unsettledIntents(ref));
  }

  release(executorId: number, laneId: number, token: number): Promise<void> {
    return this.#connection.transaction(() => this.store.release(executorId, laneId, token));
  }

  settle<Result>(work: (settling: Settling) => Promise<Result>): Promise<Result> {
    return this.#connection.transaction(() => this.store.settle(work));
  }

  bury(leaseMs: number): Promise<void> {
    return this.#connection.statement(() => this.store.bury(leaseMs));
  }

  rescueLanes(most: number, crashesThatExhaust: number): ReturnType<QueueStore['rescueLanes']> {
    return this.#connection.transaction(() => this.store.rescueLanes(most, crashesThatExhaust));
  }

  closeRescued(): Promise<void> {
    return this.#connection.statement(() => this.store.closeRescued());
  }

  sweep(): Promise<number> {
    return this.#connection.statement(() => this.store.sweep());
  }
}
