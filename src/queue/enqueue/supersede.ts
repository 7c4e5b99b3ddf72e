// Newer operations replace older ones of their lane that have not begun: nothing is rewritten, the replaced ones end.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import { columns } from '../columns.js';
import type { OperationRef } from '../domain/operation-id.js';
import type { Supersession } from '../domain/supersession.js';
import { lockGroups } from './groups.js';

const here = new URL('..', import.meta.url).href;
const AWAIT_OPERATIONS = loadStatement('await-operations', here);
const FIND_ENDS = loadStatement('find-ends', here);
const GATE_LANES = loadStatement('gate-lanes', here);
const INHERIT_GROUPS = loadStatement('inherit-groups', here);
const INHERIT_WAITERS = loadStatement('inherit-waiters', here);
const REARM_LANES = loadStatement('rearm-lanes', here);
const SUPERSEDE = loadStatement('supersede', here);

/** Every state but in hand: whatever the replaced head waited for, its successor has reasons of its own. */
const LEFT_WITH_THEIR_HEAD = ['ready', 'gated-async', 'gated-retry', 'held', 'dependent', 'parked'];

export interface Superseding extends OperationRef {
  readonly supersession: Supersession;
}

export interface Replaced {
  readonly lane_id: number;
  readonly seq: number;
  readonly by_seq: number;
  readonly is_grouped: boolean;
  readonly is_awaited: boolean;
  readonly was_head: boolean;
}

/** A lane that moves because of it. */
export interface MovedLane {
  readonly id: number;
  readonly target_id: number;
  readonly state: string;
}

export interface Superseded {
  readonly replaced: readonly Replaced[];
  readonly moved: readonly MovedLane[];
}

const NOTHING: Superseded = { replaced: [], moved: [] };

/**
 * Run once the lanes are locked and the newer operations inserted; `inheritGroups` follows when groups are locked.
 * @param tickedKinds kinds whose failed heads the tick of RetryProvisioning opens
 */
export async function supersede(
  transaction: Transaction,
  newer: readonly Superseding[],
  tickedKinds: readonly string[],
): Promise<Superseded> {
  if (newer.length === 0) return NOTHING;
  const replaced = await transaction.query<Replaced>(
    SUPERSEDE,
    columns(newer, ({ laneId, seq, supersession }) => [laneId, seq, supersession], 3),
  );
  await inheritWaiters(
    transaction,
    replaced.filter((row) => row.is_awaited),
  );
  const headless = [...new Set(replaced.filter((row) => row.was_head).map((row) => row.lane_id))];
  const gated =
    headless.length === 0
      ? []
      : await transaction.query<MovedLane>(GATE_LANES, [headless, LEFT_WITH_THEIR_HEAD]);
  const states = newer.filter(({ supersession }) => supersession === 'state').map(({ laneId }) => laneId);
  const rearmed =
    states.length === 0
      ? []
      : await transaction.query<MovedLane>(REARM_LANES, [[...new Set(states)], tickedKinds]);
  return { replaced, moved: [...gated, ...rearmed] };
}

/** One by one: what one of them waits for since a moment ago decides whether another may wait for it. */
async function inheritWaiters(transaction: Transaction, awaited: readonly Replaced[]): Promise<void> {
  if (awaited.length === 0) return;
  await transaction.query(
    AWAIT_OPERATIONS,
    columns(awaited, (row) => [row.lane_id, row.by_seq], 2),
  );
  for (const row of awaited) await transaction.query(INHERIT_WAITERS, [row.lane_id, row.seq, row.by_seq]);
}

/** Run after `lockGroups`, and after new operations have joined theirs. */
export async function inheritGroups(transaction: Transaction, replaced: readonly Replaced[]): Promise<void> {
  const grouped = replaced.filter((row) => row.is_grouped);
  if (grouped.length > 0) await transaction.query(INHERIT_GROUPS, toRows(grouped));
}

/**
 * What ends all before it may have come while a head was in hand; now that the head failed, it is replaced. Gives the
 * targets that have due work now.
 * @param heads operations that were just put back at the head of their lanes
 */
export async function supersedeKept(
  transaction: Transaction,
  heads: readonly OperationRef[],
): Promise<number[]> {
  if (heads.length === 0) return [];
  const ends = await transaction.query<{ lane_id: number; seq: number }>(
    FIND_ENDS,
    columns(heads, ({ laneId, seq }) => [laneId, seq], 2),
  );
  const { replaced, moved } = await supersede(
    transaction,
    ends.map((row) => ({ laneId: row.lane_id, seq: row.seq, supersession: 'end' })),
    [],
  );
  const refs = replaced.map((row) => ({ laneId: row.lane_id, seq: row.seq }));
  if (replaced.some((row) => row.is_grouped)) await lockGroups(transaction, [], refs);
  await inheritGroups(transaction, replaced);
  return moved.filter(({ state }) => state === 'ready').map((row) => row.target_id);
}

function toRows(rows: readonly Replaced[]): unknown[][] {
  return columns(rows, (row) => [row.lane_id, row.seq, row.by_seq], 3);
}
