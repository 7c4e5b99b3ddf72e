// What lanes become when nobody has them in hand, and what follows when operations end.
import { gateOf } from '../../../src/queue/domain/gate.js';
import type { LaneState } from '../../../src/queue/domain/operation-state.js';
import type { Ending } from '../../../src/queue/enqueue/endings.js';
import type { Lane, Operation, Tables } from './tables.js';

export function isWaiting(tables: Tables, { waitsFor }: Operation): boolean {
  if (!waitsFor) return false;
  if ('group' in waitsFor) return (tables.groups.get(waitsFor.group)?.open ?? 0) > 0;
  return tables.find(waitsFor.laneId, waitsFor.seq) !== null;
}

export function gateFor(tables: Tables, lane: Lane): ReturnType<typeof gateOf> {
  const head = tables.headOf(lane.id);
  return gateOf(
    head && {
      state: head.state,
      isWaiting: isWaiting(tables, head),
      isAdmitted: lane.admitted >= head.seq,
    },
    tables.target(lane.targetId).mode,
  );
}

/** sql/gate-lanes.sql. Gives the lanes that were given a state. */
export function gateLanes(tables: Tables, laneIds: readonly number[], leaving: readonly LaneState[]): Lane[] {
  const moved: Lane[] = [];
  for (const id of new Set(laneIds)) {
    const lane = tables.lanes.get(id);
    if (!lane || !leaving.includes(lane.state) || lane.state === 'leased' || !tables.headOf(id)) continue;
    const now = tables.clock();
    tables.patch(lane, {
      state: gateFor(tables, lane),
      hold: null,
      runAt: lane.state === 'ready' ? Math.min(lane.runAt, now) : now,
    });
    moved.push(lane);
  }
  return moved;
}

/** enqueue/endings.ts. Gives the targets that have due work now. */
export function announceEndings(tables: Tables, endings: readonly Ending[]): number[] {
  const touched = new Set<number>();
  for (const { laneId, seq, became } of endings) {
    for (const member of tables.members) {
      if (member.laneId !== laneId || member.seq !== seq || member.state === became) continue;
      const group = tables.group(member.groupId);
      tables.patch(group, {
        open: group.open + Number(became === 'open') - Number(member.state === 'open'),
        failed: group.failed + Number(became === 'failed') - Number(member.state === 'failed'),
      });
      tables.patch(member, { state: became });
      touched.add(group.id);
    }
  }
  const closed = [...touched].filter((id) => {
    const group = tables.group(id);
    tables.patch(group, { isClosed: group.open === 0 });
    return group.open === 0;
  });
  const over = endings.filter(({ isOver }) => isOver);
  const waiters = [...tables.operations.values()].flat().filter(({ waitsFor }) => {
    if (!waitsFor) return false;
    if ('group' in waitsFor) return closed.includes(waitsFor.group);
    return over.some(({ laneId, seq }) => laneId === waitsFor.laneId && seq === waitsFor.seq);
  });
  return openWaiting(
    tables,
    waiters.map(({ laneId }) => laneId),
  );
}

export function openWaiting(tables: Tables, laneIds: readonly number[]): number[] {
  return readyTargets(gateLanes(tables, laneIds, ['dependent']));
}

export function readyTargets(lanes: readonly Lane[]): number[] {
  return lanes.filter(({ state }) => state === 'ready').map(({ targetId }) => targetId);
}

/** sql/reopen-members.sql: parked operations that move again are to be open again in their groups. */
export function reopenedIn(tables: Tables, laneIds: readonly number[]): Ending[] {
  const moving = new Set(laneIds.filter((id) => tables.lanes.get(id)?.state !== 'parked'));
  const failed = tables.members.filter(
    ({ laneId, seq, state }) =>
      moving.has(laneId) && state === 'failed' && tables.find(laneId, seq)?.isGrouped === true,
  );
  return failed.map(({ laneId, seq }) => ({ laneId, seq, became: 'open', isOver: false }));
}
