// Groups: operations whose common end matters to somebody. Members join when they are enqueued; children join the
// groups of their parent, so that a group cannot end while something it began still waits.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import { columns } from '../columns.js';
import type { OperationRef } from '../domain/operation-id.js';
import type { Placed } from './collected.js';
import { awaitedGroupOf } from './waits.js';

const here = new URL('..', import.meta.url).href;
const GROUPS_OF_PARENTS = loadStatement('groups-of-parents', here);
const JOIN_GROUPS = loadStatement('join-groups', here);
const LOCK_GROUPS = loadStatement('lock-groups', here);

export interface Membership extends OperationRef {
  readonly groupId: number;
}

export async function insertGroup(
  transaction: Transaction,
  group: { readonly subject: string; readonly actor: string },
): Promise<number> {
  const [row] = await transaction.query<{ id: number }>(
    'insert into queue_groups (subject, actor) values ($1, $2) returning id',
    [group.subject, group.actor],
  );
  if (!row) throw new Error('The group was not stored.');
  return row.id;
}

/** Once in a transaction, after lanes and operations: whatever else it does to groups is within these. */
export async function lockGroups(
  transaction: Transaction,
  groupIds: readonly number[],
  members: readonly OperationRef[],
): Promise<void> {
  await transaction.query(LOCK_GROUPS, [
    groupIds,
    ...columns(members, ({ laneId, seq }) => [laneId, seq], 2),
  ]);
}

/** Run after `lockGroups`. */
export async function joinGroups(
  transaction: Transaction,
  memberships: readonly Membership[],
): Promise<void> {
  if (memberships.length === 0) return;
  await transaction.query(
    JOIN_GROUPS,
    columns(memberships, ({ groupId, laneId, seq }) => [groupId, laneId, seq], 3),
  );
}

/**
 * Whoever waits for a group is no member of it.
 * @param waitedGroup the group of whoever waits for all that this transaction enqueues
 */
export async function membershipsOf(
  transaction: Transaction,
  placed: readonly Placed[],
  waitedGroup: number | null,
): Promise<readonly Membership[]> {
  const common = waitedGroup === null ? [] : [waitedGroup];
  const own = placed.flatMap(({ laneId, seq, operation }) =>
    [...(operation.groups ?? []), ...common].map((groupId) => ({ groupId, laneId, seq })),
  );
  const inherited = await groupsOfParents(transaction, placed);
  const awaited = new Set(
    placed.map(({ laneId, seq, operation }) => `${awaitedGroupOf(operation)} ${laneId} ${seq}`),
  );
  return [...own, ...inherited].filter(
    ({ groupId, laneId, seq }) => !awaited.has(`${groupId} ${laneId} ${seq}`),
  );
}

async function groupsOfParents(transaction: Transaction, placed: readonly Placed[]): Promise<Membership[]> {
  const children = placed.flatMap(({ laneId, seq, parent }) =>
    parent?.isGrouped ? [{ laneId, seq, parent }] : [],
  );
  if (children.length === 0) return [];
  const rows = await transaction.query<{ group_id: number; lane_id: number; seq: number }>(
    GROUPS_OF_PARENTS,
    columns(children, ({ laneId, seq, parent }) => [laneId, seq, parent.laneId, parent.seq], 4),
  );
  return rows.map((row) => ({ groupId: row.group_id, laneId: row.lane_id, seq: row.seq }));
}
