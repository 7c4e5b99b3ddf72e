// Enqueueing: in the caller's transaction, so that work exists if and only if its cause committed.
import { Injectable } from '@nestjs/common';
import { loadStatement, type Transaction } from '../platform/database/index.js';
import { cleanText } from './domain/clean-text.js';
import { shardOf } from './domain/lane-shard.js';
import type { OperationRef } from './domain/operation-id.js';
import type { KindRules } from './domain/outcome.js';
import type { EnqueuedOperation, NewOperation } from './operation-kind.js';
import { OperationKinds } from './operation-kinds.js';
import { WakeUp } from './wake-up.js';

const ENQUEUE = loadStatement('enqueue', import.meta.url);
const INSERT_OPERATIONS = loadStatement('insert-operations', import.meta.url);
const COLLECTED = Symbol('collected operations');
const LANE_KEY = /^[\x21-\x7e]{1,200}$/;

interface Collected {
  readonly operation: NewOperation;
  readonly parent: (OperationRef & { readonly ordinal: number }) | null;
}

interface LaneRow {
  readonly id: number;
  readonly key: string;
  readonly tail_seq: number;
  readonly target_id: number;
  readonly state: string;
}

@Injectable()
export class Queue {
  constructor(
    private readonly kinds: OperationKinds,
    private readonly wakeUp: WakeUp,
  ) {}

  /** Collects `operation`; it is written just before COMMIT, in lane order with the transaction's others. */
  enqueue(transaction: Transaction, operation: NewOperation, parent: Collected['parent'] = null): void {
    this.kinds.require(operation.kind);
    if (!LANE_KEY.test(operation.lane))
      throw new Error(`A lane key is 1–200 visible ASCII characters: ${JSON.stringify(operation.lane)}`);
    const collected = transaction.note<Collected[]>(COLLECTED, () => {
      transaction.beforeCommit(() => this.writeCollected(transaction));
      return [];
    });
    collected.push({ operation, parent });
  }

  /** Writes what was collected so far. For the flush, which must lock lanes in this order before others. */
  async writeCollected(transaction: Transaction): Promise<void> {
    const collected = transaction.note<Collected[]>(COLLECTED, () => []).splice(0);
    if (collected.length === 0) return;
    const lanes = groupByLane(collected);
    const rows = await transaction.query<LaneRow>(ENQUEUE, [
      lanes.map(({ key }) => key),
      lanes.map(({ first }) => first.targetId),
      lanes.map(({ key }) => shardOf(key)),
      lanes.map(({ first }) => first.priority ?? 0),
      lanes.map(({ items }) => items.length),
      lanes.map(({ first }) => this.kinds.require(first.kind).isGated),
      this.#corrected(lanes, 'retry-tick'),
      this.#corrected(lanes, 'claim'),
    ]);
    const placed = place(lanes, rows);
    await transaction.query(INSERT_OPERATIONS, [
      placed.map(({ laneId }) => laneId),
      placed.map(({ seq }) => seq),
      placed.map(({ operation }) => operation.kind),
      placed.map(({ operation }) => cleanText(operation.subject)),
      placed.map(({ operation }) => JSON.stringify(operation.payload)),
      placed.map(({ operation }) => operation.actor.name),
      placed.map(({ operation }) => operation.actor.requestId),
      placed.map(({ parent }) => parent?.laneId ?? null),
      placed.map(({ parent }) => parent?.seq ?? null),
      placed.map(({ parent }) => parent?.ordinal ?? null),
    ]);
    for (const kind of new Set(placed.map(({ operation }) => operation.kind))) {
      const ofKind = placed.filter(({ operation }) => operation.kind === kind);
      await this.kinds.require(kind).recordEnqueued?.(transaction, ofKind.map(toEnqueued));
    }
    const targets = new Set(rows.filter(({ state }) => state === 'ready').map((row) => row.target_id));
    transaction.afterCommit(() => this.wakeUp.announce(targets));
  }

  /** Lanes whose failed head the new operation corrects, by who opens it. */
  #corrected(lanes: readonly LaneGroup[], gate: KindRules['retryGate']): string[] {
    return lanes
      .filter(({ first }) => {
        const kind = this.kinds.require(first.kind);
        return kind.isCorrectable && kind.retryGate === gate;
      })
      .map(({ key }) => key);
  }
}

interface LaneGroup {
  readonly key: string;
  readonly first: NewOperation;
  readonly items: readonly Collected[];
}

function groupByLane(collected: readonly Collected[]): LaneGroup[] {
  const groups = new Map<string, Collected[]>();
  for (const item of collected) {
    const group = groups.get(item.operation.lane);
    if (group) group.push(item);
    else groups.set(item.operation.lane, [item]);
  }
  return [...groups]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([key, items]) => (items[0] ? [{ key, first: items[0].operation, items }] : []));
}

type Placed = OperationRef & Collected;

function place(lanes: readonly LaneGroup[], rows: readonly LaneRow[]): Placed[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return lanes.flatMap(({ key, items }) => {
    const row = byKey.get(key);
    if (!row) throw new Error(`The target of lane ${key} does not exist.`);
    return items.map((item, index) => ({
      ...item,
      laneId: row.id,
      seq: row.tail_seq - items.length + 1 + index,
    }));
  });
}

function toEnqueued({ laneId, seq, operation }: Placed): EnqueuedOperation {
  return { laneId, seq, payload: operation.payload, actor: operation.actor };
}
