// enqueue/supersede.ts in memory: newer operations replace older ones of their lane that have not begun.
import { type Supersession, supersededBy } from '../../../src/queue/domain/supersession.js';
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import type { OperationKinds } from '../../../src/queue/operation-kinds.js';
import { gateLanes } from './gates.js';
import { keyOf, type Lane, type Operation, type Tables } from './tables.js';

export interface Superseding extends OperationRef {
  readonly supersession: Supersession;
}

export interface Superseded {
  /** What was replaced, and the place of what replaced it. */
  readonly replaced: ReadonlyMap<Operation, number>;
  /** Lanes that move because of it. */
  readonly moved: readonly Lane[];
}

/** To see that it is noticed when what a worker has in hand is replaced. */
export interface SupersedeOptions {
  readonly replacesHandedOut?: boolean | undefined;
}

/** `inheritGroups` follows. */
export function supersede(
  tables: Tables,
  newer: readonly Superseding[],
  kinds: OperationKinds,
  { replacesHandedOut = false }: SupersedeOptions = {},
): Superseded {
  const replaced = replacedBy(tables, newer, replacesHandedOut);
  const headless = [...new Set([...replaced.keys()].map(({ laneId }) => laneId))].filter((id) => {
    const head = tables.headOf(id);
    return head !== null && replaced.has(head);
  });
  for (const [operation, bySeq] of replaced) replace(tables, operation, bySeq);
  inheritWaiters(tables, replaced);
  const gated = gateLanes(tables, headless, [
    'ready',
    'gated-async',
    'gated-retry',
    'held',
    'dependent',
    'parked',
  ]);
  const corrected = newer.filter(({ supersession }) => supersession === 'state').map(({ laneId }) => laneId);
  return { replaced, moved: [...gated, ...rearm(tables, corrected, kinds)] };
}

/** Each is replaced by the first that stays: one of the newer may replace another. */
function replacedBy(
  tables: Tables,
  newer: readonly Superseding[],
  replacesHandedOut: boolean,
): Map<Operation, number> {
  const candidates = newer.flatMap(({ laneId, seq, supersession }) => {
    const lane = tables.lane(laneId);
    const older = tables.operationsOf(laneId).filter((one) => one.seq < seq);
    const seqs = supersededBy(
      supersession,
      older.map((one) => ({
        ...one,
        isHandedOut: !replacesHandedOut && lane.state === 'leased' && one.seq <= lane.handed,
      })),
    );
    return older.filter((one) => seqs.includes(one.seq)).map((operation) => ({ operation, bySeq: seq }));
  });
  const gone = new Set(candidates.map(({ operation }) => keyOf(operation)));
  const replaced = new Map<Operation, number>();
  for (const { operation, bySeq } of candidates.toSorted((left, right) => left.bySeq - right.bySeq)) {
    if (!replaced.has(operation) && !gone.has(keyOf({ laneId: operation.laneId, seq: bySeq })))
      replaced.set(operation, bySeq);
  }
  return replaced;
}

/** What ends all before it may have come while a head was in hand. */
export function supersedeKept(
  tables: Tables,
  heads: readonly OperationRef[],
  kinds: OperationKinds,
): Superseded {
  const ends = heads.flatMap(({ laneId, seq }): Superseding[] => {
    const end = tables.operationsOf(laneId).findLast((one) => one.seq > seq && one.supersession === 'end');
    return end ? [{ laneId, seq: end.seq, supersession: 'end' }] : [];
  });
  const superseded = supersede(tables, ends, kinds);
  inheritGroups(tables, superseded.replaced);
  return superseded;
}

/** sql/inherit-groups.sql. */
export function inheritGroups(tables: Tables, replaced: ReadonlyMap<Operation, number>): void {
  for (const [{ laneId, seq }, bySeq] of replaced) {
    for (const member of tables.members.filter((one) => one.laneId === laneId && one.seq === seq)) {
      tables.remove(tables.members, member);
      const group = tables.group(member.groupId);
      tables.patch(group, {
        open: group.open - Number(member.state === 'open'),
        failed: group.failed - Number(member.state === 'failed'),
        total: group.total - 1,
      });
      const newer = tables.find(laneId, bySeq);
      if (newer) tables.patch(newer, { isGrouped: true });
      if (newer && !waitsForGroup(newer, group.id)) join(tables, group.id, newer);
      tables.patch(group, { isClosed: group.open === 0 });
    }
  }
}

/** Whoever waits for a group is no member of it. */
export function waitsForGroup({ waitsFor }: Pick<Operation, 'waitsFor'>, groupId: number): boolean {
  return waitsFor !== null && 'group' in waitsFor && waitsFor.group === groupId;
}

/** False when it is a member already. */
export function join(tables: Tables, groupId: number, { laneId, seq }: OperationRef): boolean {
  const isMember = tables.members.some(
    (one) => one.groupId === groupId && one.laneId === laneId && one.seq === seq,
  );
  if (isMember) return false;
  tables.append(tables.members, { groupId, laneId, seq, state: 'open' });
  const group = tables.group(groupId);
  tables.patch(group, { open: group.open + 1, total: group.total + 1 });
  return true;
}

function replace(tables: Tables, operation: Operation, bySeq: number): void {
  const { laneId, attempts } = operation;
  tables.end(operation, {
    state: 'SUPERSEDED',
    attempts,
    result: `Superseded by o${laneId}-${bySeq}`,
    executorId: null,
    supersededBy: bySeq,
  });
}

/** sql/inherit-waiters.sql: one by one. */
function inheritWaiters(tables: Tables, replaced: ReadonlyMap<Operation, number>): void {
  const awaited = [...replaced].filter(([{ isAwaited }]) => isAwaited);
  for (const [{ laneId }, bySeq] of awaited) {
    const newer = tables.find(laneId, bySeq);
    if (newer) tables.patch(newer, { isAwaited: true });
  }
  for (const [{ laneId, seq }, bySeq] of awaited) {
    const ahead = aheadOf(tables, { laneId, seq: bySeq });
    for (const waiter of [...tables.operations.values()].flat()) {
      const { waitsFor } = waiter;
      if (!waitsFor || !('laneId' in waitsFor) || keyOf(waitsFor) !== `${laneId}-${seq}`) continue;
      if (!ahead.has(keyOf(waiter))) tables.patch(waiter, { waitsFor: { laneId, seq: bySeq } });
    }
  }
}

/** What has to end before an operation begins, itself included: what it stands behind, and what that waits for. */
function aheadOf(tables: Tables, ref: OperationRef): ReadonlySet<string> {
  const ahead = new Set<string>();
  const left = [ref];
  for (let next = left.pop(); next; next = left.pop()) {
    if (ahead.has(keyOf(next))) continue;
    ahead.add(keyOf(next));
    const { laneId, seq } = next;
    for (const operation of tables.operationsOf(laneId).filter((one) => one.seq <= seq)) {
      left.push(operation);
      if (operation.waitsFor && 'laneId' in operation.waitsFor) left.push(operation.waitsFor);
    }
  }
  return ahead;
}

/** sql/rearm-lanes.sql. */
function rearm(tables: Tables, laneIds: readonly number[], kinds: OperationKinds): Lane[] {
  return [...new Set(laneIds)].flatMap((id) => {
    const lane = tables.lane(id);
    const head = tables.headOf(id);
    if (!head || !['parked', 'gated-retry', 'ready'].includes(lane.state)) return [];
    if (head.supersession !== 'state' || (head.state !== 'FAILED' && head.state !== 'UNKNOWN')) return [];
    const isTicked = kinds.get(head.kind)?.retryGate === 'retry-tick';
    const now = tables.clock();
    tables.patch(lane, {
      state: lane.state !== 'ready' && head.state === 'FAILED' && isTicked ? 'gated-retry' : 'ready',
      runAt: lane.state === 'parked' ? now : Math.min(lane.runAt, now),
    });
    return [lane];
  });
}
