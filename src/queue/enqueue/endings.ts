// What follows when operations end: their groups count them, and those who waited for them may go on. The last step
// of a transaction: groups are locked after lanes and operations, in the order of their ids.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import { columns } from '../columns.js';
import type { OperationRef } from '../domain/operation-id.js';

const here = new URL('..', import.meta.url).href;
const FIND_WAITERS = loadStatement('find-waiters', here);
const GATE_LANES = loadStatement('gate-lanes', here);
const REOPEN_MEMBERS = loadStatement('reopen-members', here);
const SETTLE_MEMBERS = loadStatement('settle-members', here);

export interface Ending extends OperationRef {
  readonly became: 'done' | 'failed' | 'open';
  /** False while it is parked: nobody who waits for it goes on. */
  readonly isOver: boolean;
}

/** Gives the targets that have due work now. */
export async function announceEndings(
  transaction: Transaction,
  endings: readonly Ending[],
): Promise<number[]> {
  if (endings.length === 0) return [];
  const closed = await transaction.query<{ id: number }>(
    SETTLE_MEMBERS,
    columns(endings, ({ laneId, seq, became }) => [laneId, seq, became], 3),
  );
  const over = endings.filter(({ isOver }) => isOver);
  if (over.length === 0 && closed.length === 0) return [];
  const waiters = await transaction.query<{ lane_id: number }>(FIND_WAITERS, [
    ...columns(over, ({ laneId, seq }) => [laneId, seq], 2),
    closed.map(({ id }) => id),
  ]);
  return openWaitingLanes(
    transaction,
    waiters.map(({ lane_id }) => lane_id),
  );
}

/** Parked operations of these lanes that move again are open again in their groups. */
export async function reopenMembers(transaction: Transaction, laneIds: readonly number[]): Promise<void> {
  await announceEndings(transaction, await reopenedIn(transaction, laneIds));
}

/** What `reopenMembers` would announce. */
export async function reopenedIn(transaction: Transaction, laneIds: readonly number[]): Promise<Ending[]> {
  if (laneIds.length === 0) return [];
  const rows = await transaction.query<{ lane_id: number; seq: number }>(REOPEN_MEMBERS, [laneIds]);
  return rows.map(({ lane_id, seq }) => ({ laneId: lane_id, seq, became: 'open', isOver: false }));
}

/** Opens lanes whose head waits for nothing any more; gives the targets that have due work now. */
export async function openWaitingLanes(
  transaction: Transaction,
  laneIds: readonly number[],
): Promise<number[]> {
  if (laneIds.length === 0) return [];
  const rows = await transaction.query<{ target_id: number; state: string }>(GATE_LANES, [
    laneIds,
    ['dependent'],
  ]);
  return rows.filter(({ state }) => state === 'ready').map((row) => row.target_id);
}
