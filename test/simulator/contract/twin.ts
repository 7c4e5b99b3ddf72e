// The store in PostgreSQL and its model in memory, side by side: every command goes to both, and what they answer and
// what they hold must be the same.
import { expect } from '@jest/globals';
import type { NewOperation } from '../../../src/queue/operation-kind.js';
import type { TargetHold, TargetMode } from '../../../src/queue/target.js';
import {
  type ClaimedOperation,
  type EndedAttempt,
  toClaimed,
} from '../../../src/queue/worker/claimed-operation.js';
import { flush } from '../../../src/queue/worker/flush.js';
import type { ClaimRequest, QueueStore } from '../../../src/queue/worker/queue-store.js';
import type { Move } from '../../../src/queue/domain/moves.js';
import { toOperationId } from '../../../src/queue/domain/operation-id.js';
import { openGroup, writeCollected } from '../model/enqueue.js';
import { MemoryQueueStore } from '../model/memory-queue-store.js';
import { People } from '../model/people.js';
import { Tables } from '../model/tables.js';
import type { QueueNode } from '../../support/queue-bundle.js';
import { rowsInDatabase, rowsInMemory } from './twin-rows.js';

export const HOUR_MS = 3_600_000;
const ACTOR = { name: 'test', requestId: null };

/** A pair of ids: the same thing in memory and in the database. */
export interface Pair {
  readonly memory: number;
  readonly database: number;
}

export interface Lease {
  readonly executor: Pair;
  readonly memory: ClaimedOperation;
  readonly database: ClaimedOperation;
}

/** A waiting operation, by its lane's key. */
export interface Place {
  readonly key: string;
  readonly seq: number;
}

export class Twin {
  readonly tables: Tables;
  readonly executors: Pair[] = [];
  readonly groups: Pair[] = [];
  readonly leases: Lease[] = [];
  readonly #memory: MemoryQueueStore;
  readonly #people: People;
  readonly #lanes: { memory: Map<number, string>; database: Map<number, string> } = {
    memory: new Map(),
    database: new Map(),
  };
  #now = Date.now();

  constructor(
    private readonly node: QueueNode,
    /** The ids of targets, which are the same on both sides. */
    readonly targets: readonly number[],
  ) {
    this.tables = new Tables(() => this.#now);
    this.#memory = new MemoryQueueStore({
      tables: this.tables,
      kinds: node.kinds,
      wake: () => undefined,
      isRowHeld: () => false,
      isLookStale: () => false,
    });
    this.#people = new People(this.tables, () => undefined);
  }

  /** The model's rows and the tables are the same; throws when not. Time goes on. */
  async compare(): Promise<void> {
    for (const lane of this.tables.lanes.values()) this.#lanes.memory.set(lane.id, lane.key);
    const lanes = await this.node.database.query<{ id: number; key: string }>(
      'select id, key from queue_lanes',
    );
    for (const { id, key } of lanes) this.#lanes.database.set(id, key);
    const inMemory = rowsInMemory(this.tables, { ...this.#names('memory'), targets: this.targets });
    const inDatabase = await rowsInDatabase(this.node.database, {
      ...this.#names('database'),
      targets: this.targets,
    });
    expect(inMemory).toEqual(inDatabase);
    this.#now += 1;
  }

  waiting(): Place[] {
    return [...this.tables.lanes.values()].flatMap(({ id, key }) =>
      this.tables.operationsOf(id).map(({ seq }) => ({ key, seq })),
    );
  }

  async enqueue(make: (side: 'memory' | 'database') => readonly NewOperation[]): Promise<void> {
    await this.tables.transact(async () => {
      const collected = make('memory').map((operation) => ({
        operation,
        payload: JSON.stringify(operation.payload),
        parent: null,
      }));
      writeCollected(this.tables, collected, this.node.kinds);
    });
    await this.node.database.transact(async (transaction) => {
      for (const operation of make('database')) this.node.queue.enqueue(transaction, operation);
    });
  }

  async openGroup(): Promise<void> {
    const { id } = openGroup(this.tables);
    const database = await this.node.database.transact((transaction) =>
      this.node.queue.openGroup(transaction, { subject: 'a group', actor: 'test' }),
    );
    this.groups.push({ memory: id, database });
  }

  async register(): Promise<void> {
    const [memory, database] = await this.#both((store) => store.register(['worker']));
    this.executors.push({ memory, database });
  }

  async retire(executor: Pair): Promise<void> {
    await this.#bothAs(executor, (store, id) => store.retire(id));
  }

  async beat(executor: Pair): Promise<void> {
    await this.#same(executor, (store, id) => store.beat(id));
  }

  async look(executor: Pair): Promise<void> {
    await this.#same(executor, (store, id) => store.targets(id));
  }

  async claim(executor: Pair, request: Omit<ClaimRequest, 'executorId' | 'places'>): Promise<void> {
    const places = new Map(this.targets.map((id) => [id, 3]));
    const [memory, database] = await this.#bothAs(executor, (store, executorId) =>
      store.claim({ ...request, executorId, places }),
    );
    const byKey = new Map(database.map((row) => [this.#keyOf('database', row.lane_id), row]));
    expect(memory.map((row) => this.#keyOf('memory', row.lane_id)).toSorted()).toEqual(
      [...byKey.keys()].toSorted(),
    );
    for (const row of memory) {
      const other = byKey.get(this.#keyOf('memory', row.lane_id));
      if (!other || (row.seq === null) !== (other.seq === null))
        throw new Error('One claim gave a head, the other none.');
      if (row.seq === null || other.seq === null) {
        // Its last operation was canceled while the one before was under way: a worker gives such a lane back.
        const claimed = { memory: row, database: other };
        await this.#bothAs(executor, (store, id, side) =>
          store.release(id, claimed[side].lane_id, claimed[side].token),
        );
        continue;
      }
      const lease = { targetId: row.target_id, token: row.token, laneTail: row.tail_seq };
      this.leases.push({
        executor,
        memory: toClaimed({ ...row, seq: row.seq }, lease),
        database: toClaimed(
          { ...other, seq: other.seq },
          { targetId: other.target_id, token: other.token, laneTail: other.tail_seq },
        ),
      });
      expect(described(row)).toEqual(described(other));
    }
  }

  async intend({ executor, ...lease }: Lease): Promise<void> {
    const intent = { action: 'update', identifier: 'somebody', digests: {} };
    await this.#same(executor, (store, id, side) => {
      const { laneId, token, seq, attempts } = lease[side];
      return store.storeIntents(id, [{ laneId, token, seq, attempt: attempts + 1, intent }]);
    });
  }

  async settle(leases: readonly Lease[], result: (lease: Lease) => EndedAttempt['result']): Promise<void> {
    const [first] = leases;
    if (!first) return;
    const { executor } = first;
    const ended = leases.filter((lease) => lease.executor === executor);
    const [memory, database] = await this.#bothAs(executor, async (store, executorId, side) => {
      const targets = new Map((await store.targets(executorId)).map((target) => [target.id, target]));
      return flush(
        ended.map((lease) => ({ operation: lease[side], tookMs: 0, hasSent: true, result: result(lease) })),
        {
          store,
          kinds: this.node.kinds,
          executorId,
          targetOf: (id) => targets.get(id),
          draw: () => 0.5,
          timeFactor: 1,
        },
      );
    });
    for (const [index, mine] of memory.entries()) {
      const other = database[index];
      expect({ lane: mine.lane, settlement: mine.settlement, next: mine.next?.seq ?? null }).toEqual({
        lane: other?.lane,
        settlement: other?.settlement,
        next: other?.next?.seq ?? null,
      });
      const lease = ended[index];
      if (!lease) continue;
      this.leases.splice(this.leases.indexOf(lease), 1);
      if (mine.next && other?.next) this.leases.push({ executor, memory: mine.next, database: other.next });
    }
  }

  async release({ executor, ...lease }: Lease): Promise<void> {
    await this.#bothAs(executor, (store, id, side) =>
      store.release(id, lease[side].laneId, lease[side].token),
    );
  }

  async rescue(): Promise<void> {
    const [memory, database] = await this.#both((store) => store.rescueLanes(100, 3));
    const keyed = (side: 'memory' | 'database', rows: typeof memory): unknown[] =>
      rows.map(({ id, state, seq }) => `${this.#keyOf(side, id)} ${seq ?? 'empty'} ${state}`).toSorted();
    expect(keyed('memory', memory)).toEqual(keyed('database', database));
    await this.#both((store) => store.closeRescued());
  }

  async sweep(): Promise<void> {
    const [memory, database] = await this.#both((store) => store.sweep());
    expect(memory).toBe(database);
  }

  async unsettledIntents(place: Place): Promise<void> {
    const [memory, database] = await this.#both((store, side) =>
      store.unsettledIntents({ laneId: this.#idOf(side, place.key), seq: place.seq }),
    );
    expect(memory).toEqual(database);
  }

  async trip(executor: Pair, target: number, forMs: number): Promise<void> {
    await this.#bothAs(executor, (store, id) => store.tripBreaker(target, 'down', forMs, id));
  }

  async probe(executor: Pair): Promise<void> {
    await this.#same(executor, async (store, id) =>
      (await store.takeProbes(this.targets, id, HOUR_MS, [0, 1, 2])).toSorted((left, right) => left - right),
    );
  }

  async closeBreaker(executor: Pair, target: number): Promise<void> {
    await this.#bothAs(executor, (store, id) => store.closeBreaker(target, id));
  }

  async move(move: Exclude<Move, 'cancel-behind'>, { key, seq }: Place): Promise<void> {
    const id = toOperationId({ laneId: this.#idOf('database', key), seq });
    const isDone = await this.node.moves.one(ACTOR, move, id, 'a reason').then(
      () => true,
      () => false,
    );
    expect(this.#people.move(move, { laneId: this.#idOf('memory', key), seq })).toBe(isDone);
  }

  async setMode(target: number, mode: TargetMode): Promise<void> {
    this.#people.setMode(target, mode);
    await this.node.database.transact((transaction) => this.node.targets.setMode(transaction, target, mode));
  }

  async setHold(target: number, kind: TargetHold | null): Promise<void> {
    this.#people.setHold(target, kind);
    await this.node.database.transact((transaction) =>
      this.node.targets.setHold(transaction, target, kind && { kind, reason: 'a reason', by: 'test' }),
    );
  }

  async tick(): Promise<void> {
    this.#people.admitCreated();
    await this.node.targets.admitCreated();
    this.#people.openDueRetries();
    await this.node.targets.openDueRetries();
  }

  /** Two hours go by; what the database remembers is that much older then. */
  async wait(): Promise<void> {
    this.#now += 2 * HOUR_MS;
    await this.node.database.query("update queue_lanes set run_at = run_at - interval '2 hours'");
    await this.node.database.query(
      `update queue_targets set breaker_open_until = breaker_open_until - interval '2 hours',
         probe_until = probe_until - interval '2 hours'`,
    );
  }

  async #both<Answer>(
    ask: (store: QueueStore, side: 'memory' | 'database') => Promise<Answer>,
  ): Promise<[Answer, Answer]> {
    return [await ask(this.#memory, 'memory'), await ask(this.node.store, 'database')];
  }

  #bothAs<Answer>(
    executor: Pair,
    ask: (store: QueueStore, executorId: number, side: 'memory' | 'database') => Promise<Answer>,
  ): Promise<[Answer, Answer]> {
    return this.#both((store, side) => ask(store, executor[side], side));
  }

  async #same<Answer>(
    executor: Pair,
    ask: (store: QueueStore, executorId: number, side: 'memory' | 'database') => Promise<Answer>,
  ): Promise<void> {
    const [memory, database] = await this.#bothAs(executor, ask);
    expect(memory).toEqual(database);
  }

  #names(side: 'memory' | 'database'): {
    lane: (id: number) => string;
    executor: (id: number | null) => number | null;
    group: (id: number) => number;
  } {
    return {
      lane: (id) => this.#keyOf(side, id),
      executor: (id) => (id === null ? null : this.executors.findIndex((pair) => pair[side] === id)),
      group: (id) => this.groups.findIndex((pair) => pair[side] === id),
    };
  }

  #keyOf(side: 'memory' | 'database', id: number): string {
    return this.#lanes[side].get(id) ?? `unknown lane ${id}`;
  }

  /** @throws when no lane of this key was seen */
  #idOf(side: 'memory' | 'database', key: string): number {
    const id = [...this.#lanes[side]].findLast(([, one]) => one === key)?.[0];
    if (id === undefined) throw new Error(`No lane ${key}.`);
    return id;
  }

  laneId(side: 'memory' | 'database', key: string): number {
    return this.#idOf(side, key);
  }
}

function described(row: ClaimRow): unknown {
  const { seq, kind, state, attempts, crashes, subject, payload, supersession, is_grouped, token, tail_seq } =
    row;
  return { seq, kind, state, attempts, crashes, subject, payload, supersession, is_grouped, token, tail_seq };
}

type ClaimRow = Awaited<ReturnType<QueueStore['claim']>>[number];
