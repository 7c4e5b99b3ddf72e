// What one transaction enqueues, kept until just before its COMMIT and brought into the order of lanes.
import type { Transaction } from '../../platform/database/index.js';
import type { OperationRef } from '../domain/operation-id.js';
import type { NewOperation } from '../operation-kind.js';

export interface Parent extends OperationRef {
  readonly ordinal: number;
  readonly isGrouped: boolean;
}

export interface Collected {
  readonly operation: NewOperation;
  /** As JSON. */
  readonly payload: string;
  readonly parent: Parent | null;
}

export interface LaneGroup {
  readonly key: string;
  readonly first: NewOperation;
  readonly isUrgent: boolean;
  readonly items: readonly Collected[];
}

export type Placed = OperationRef & Collected;

const COLLECTED = Symbol('collected operations');

/** @param write called once, before the transaction commits */
export function collect(transaction: Transaction, item: Collected, write: () => Promise<void>): void {
  transaction
    .note<Collected[]>(COLLECTED, () => {
      transaction.beforeCommit(write);
      return [];
    })
    .push(item);
}

/** Takes what was collected so far. */
export function collectedOf(transaction: Transaction): Collected[] {
  return transaction.note<Collected[]>(COLLECTED, () => []).splice(0);
}

export function lanesOf(collected: readonly Collected[]): LaneGroup[] {
  const groups = new Map<string, Collected[]>();
  for (const item of collected) {
    const group = groups.get(item.operation.lane);
    if (group) group.push(item);
    else groups.set(item.operation.lane, [item]);
  }
  return [...groups]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([key, items]) =>
      items[0]
        ? [
            {
              key,
              first: items[0].operation,
              isUrgent: items.some(({ operation }) => operation.priority === 'urgent'),
              items,
            },
          ]
        : [],
    );
}

/** @param rows the lanes as they are with the new operations, whose places are the last ones */
export function place(
  lanes: readonly LaneGroup[],
  rows: readonly { readonly id: number; readonly key: string; readonly tail_seq: number }[],
): Placed[] {
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
