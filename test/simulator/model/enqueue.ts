// Queue.writeCollected in memory: appends operations to their lanes, replaces older ones, joins groups.
import { gateOf } from '../../../src/queue/domain/gate.js';
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import { settleFailure } from '../../../src/queue/domain/outcome.js';
import { RETRY_POLICIES } from '../../../src/queue/domain/retry-schedule.js';
import { type Collected, lanesOf, place, type Placed } from '../../../src/queue/enqueue/collected.js';
import type { OperationKinds } from '../../../src/queue/operation-kinds.js';
import { announceEndings, isWaiting, openWaiting, readyTargets, reopenedIn } from './gates.js';
import {
  inheritGroups,
  join,
  supersede,
  type SupersedeOptions,
  type Superseding,
  waitsForGroup,
} from './supersede.js';
import { type Group, keyOf, type Lane, type Operation, SUSPECT, type Tables } from './tables.js';

/** Gives what was placed, and the targets that have due work now. */
export function writeCollected(
  tables: Tables,
  collected: readonly Collected[],
  kinds: OperationKinds,
  options: SupersedeOptions = {},
): { readonly placed: readonly Placed[]; readonly targets: readonly number[] } {
  const lanes = lanesOf(collected);
  const rows = lanes.map((group) =>
    extend(tables, group.key, group.first.targetId, {
      priority: group.isUrgent ? 0 : 1,
      operations: group.items.length,
      isSingleUse: group.first.isSingleUse ?? false,
    }),
  );
  const ready = readyTargets(rows);
  const placed = place(
    lanes,
    rows.map(({ id, key, tail }) => ({ id, key, tail_seq: tail })),
  ).map((one) => resolveWait(tables, one));
  for (const one of placed) tables.addOperation(toOperation(tables, one));
  const newer = placed.flatMap(({ laneId, seq, operation: { supersession } }): Superseding[] =>
    supersession ? [{ laneId, seq, supersession }] : [],
  );
  const { replaced, moved } = supersede(tables, newer, kinds, options);
  const woken = [...ready, ...readyTargets(moved)];
  const reopened = reopenedIn(
    tables,
    moved.map(({ id }) => id),
  );
  joinGroups(tables, placed);
  inheritGroups(tables, replaced);
  woken.push(...announceEndings(tables, reopened));
  woken.push(...settleWaits(tables, placed));
  woken.push(...failEnqueued(tables, placed, kinds));
  return { placed, targets: woken };
}

export function openGroup(tables: Tables): Group {
  const group: Group = { id: tables.nextId(), open: 0, failed: 0, total: 0, isClosed: false };
  tables.put(tables.groups, group.id, group);
  return group;
}

/** sql/enqueue.sql. */
function extend(
  tables: Tables,
  key: string,
  targetId: number,
  { priority, operations, isSingleUse }: { priority: number; operations: number; isSingleUse: boolean },
): Lane {
  const lane = tables.laneOf.get(key);
  const state = gateOf(
    { state: 'CREATED', isWaiting: false, isAdmitted: false },
    tables.target(targetId).mode,
  );
  if (lane) {
    const wasIdle = lane.state === 'idle';
    tables.patch(lane, {
      tail: lane.tail + operations,
      priority: wasIdle ? priority : joinedPriority(lane.priority, priority),
      ...(wasIdle ? { state, runAt: tables.clock() } : {}),
    });
    return lane;
  }
  const created: Lane = {
    id: tables.nextId(),
    key,
    targetId,
    isSingleUse,
    state,
    hold: null,
    runAt: tables.clock(),
    tail: operations,
    handed: 0,
    admitted: 0,
    owner: null,
    token: 0,
    priority,
  };
  tables.put(tables.lanes, created.id, created);
  tables.put(tables.laneOf, key, created);
  return created;
}

/** A suspect stays one until its head has ended. */
function joinedPriority(standing: number, joining: number): number {
  return standing === SUSPECT ? SUSPECT : Math.min(standing, joining);
}

/** enqueue/waits.ts: what was superseded is followed to what replaced it. */
function resolveWait(tables: Tables, one: Placed): Placed {
  const { waitsFor } = one.operation;
  if (!waitsFor || !('laneId' in waitsFor)) return one;
  const ref = successorOf(tables, waitsFor);
  const awaited = tables.find(ref.laneId, ref.seq);
  if (awaited) tables.patch(awaited, { isAwaited: true });
  return { ...one, operation: { ...one.operation, waitsFor: ref } };
}

function successorOf(tables: Tables, ref: OperationRef): OperationRef {
  const by = tables.archive.get(keyOf(ref))?.supersededBy ?? null;
  return by === null ? ref : successorOf(tables, { laneId: ref.laneId, seq: by });
}

function toOperation(tables: Tables, { laneId, seq, operation, payload, parent }: Placed): Operation {
  return {
    laneId,
    seq,
    kind: operation.kind,
    subject: operation.subject,
    payload: JSON.parse(payload) as unknown,
    actor: operation.actor.name,
    requestId: operation.actor.requestId,
    createdAt: tables.clock(),
    supersession: operation.supersession ?? null,
    parent,
    state: operation.failure ? 'FAILED' : 'CREATED',
    attempts: 0,
    crashes: 0,
    failedSince: operation.failure ? tables.clock() : null,
    isGrouped: (operation.groups?.length ?? 0) > 0 || (parent?.isGrouped ?? false),
    isAwaited: false,
    waitsFor: operation.waitsFor ?? null,
  };
}

function joinGroups(tables: Tables, placed: readonly Placed[]): void {
  for (const { laneId, seq, operation, parent } of placed) {
    const inherited = parent?.isGrouped
      ? tables.members
          .filter((one) => one.laneId === parent.laneId && one.seq === parent.seq)
          .map(({ groupId }) => groupId)
      : [];
    for (const groupId of new Set([...(operation.groups ?? []), ...inherited])) {
      if (waitsForGroup({ waitsFor: operation.waitsFor ?? null }, groupId)) continue;
      if (join(tables, groupId, { laneId, seq })) tables.patch(tables.group(groupId), { isClosed: false });
    }
  }
}

/** enqueue/waits.ts: gives the targets that have due work now. */
function settleWaits(tables: Tables, placed: readonly Placed[]): number[] {
  const waiting = placed.filter(({ operation }) => operation.waitsFor).map(({ laneId }) => laneId);
  for (const laneId of waiting) {
    const lane = tables.lane(laneId);
    const head = tables.headOf(laneId);
    if (head && (lane.state === 'ready' || lane.state === 'gated-async') && isWaiting(tables, head))
      tables.patch(lane, { state: 'dependent' });
  }
  return openWaiting(tables, waiting);
}

/** enqueue/enqueued-failure.ts. */
function failEnqueued(tables: Tables, placed: readonly Placed[], kinds: OperationKinds): number[] {
  return placed.flatMap(({ laneId, seq, operation }) => {
    if (!operation.failure) return [];
    const settlement = settleFailure(
      operation.failure,
      { attempts: 0, failingForMs: 0, state: 'CREATED' },
      { ...kinds.require(operation.kind), whenExhausted: 'park' },
      { policy: RETRY_POLICIES.default, isBreakerOpen: false, draw: 1, factor: 1 },
    );
    if (settlement.as !== 'keep') return [];
    const { kind, code, message } = operation.failure;
    const endedAt = tables.clock();
    const attempt = { laneId, seq, attempt: 0, outcome: kind, code, message, endedAt, executorId: 0 };
    tables.append(tables.attempts, attempt);
    const lane = tables.lane(laneId);
    const waits = lane.state === 'ready' || lane.state === 'gated-async';
    if (!waits || tables.headOf(laneId)?.seq !== seq) return [];
    tables.patch(lane, { state: settlement.lane, runAt: tables.clock() + settlement.delayMs });
    if (settlement.lane !== 'parked') return [];
    return announceEndings(tables, [{ laneId, seq, became: 'failed', isOver: false }]);
  });
}
