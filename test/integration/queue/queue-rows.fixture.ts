// What specs of the queue look at: rows by the key of their lane or the note of their operation.
import type { OperationRef } from '../../../src/queue/index.js';
import type { TargetMode } from '../../../src/queue/target.js';
import { aNote, type QueueNode } from '../../support/queue-bundle.js';

let targets = 0;

/** A target of one test, so that it claims what is its own. */
export function aTarget(node: QueueNode, mode: TargetMode = 'synchronous'): Promise<number> {
  targets += 1;
  const name = `system:${targets}`;
  return node.database.transact((transaction) =>
    node.targets.create(transaction, mode, { name, concurrency: 64, retryPolicy: 'default' }),
  );
}

export async function refOf(node: QueueNode, note: string): Promise<OperationRef> {
  const [row] = await node.database.query<OperationRef>(
    `select lane_id as "laneId", seq from queue_operations where payload->>'note' = $1
     union all select lane_id, seq from queue_archive where payload->>'note' = $1`,
    [note],
  );
  if (!row) throw new Error(`no operation ${note}`);
  return row;
}

export async function laneState(node: QueueNode, key: string): Promise<string | null> {
  const [row] = await node.database.query<{ state: string }>('select state from queue_lanes where key = $1', [
    key,
  ]);
  return row?.state ?? null;
}

/** The notes that wait in a lane, in order. */
export async function waitingIn(node: QueueNode, key: string): Promise<string[]> {
  const rows = await node.database.query<{ note: string }>(
    `select o.payload->>'note' as note from queue_operations o join queue_lanes l on l.id = o.lane_id
     where l.key = $1 order by o.seq`,
    [key],
  );
  return rows.map(({ note }) => note);
}

export async function archivedOf(
  node: QueueNode,
  note: string,
): Promise<{ state: string; result: string; superseded_by: number | null } | null> {
  const [row] = await node.database.query<{ state: string; result: string; superseded_by: number | null }>(
    `select state, result, superseded_by from queue_archive where payload->>'note' = $1`,
    [note],
  );
  return row ?? null;
}

export interface GroupRow {
  readonly open: number;
  readonly failed: number;
  readonly total: number;
  readonly isClosed: boolean;
}

/** The counts of a group; they are what its members add up to. */
export async function groupOf(node: QueueNode, id: number): Promise<GroupRow> {
  const [row] = await node.database.query<
    GroupRow & { members: number; openMembers: number; failedMembers: number }
  >(
    `select g.open, g.failed, g.total, g.closed_at is not null as "isClosed",
            count(m)::int as members,
            count(m) filter (where m.state = 'open')::int as "openMembers",
            count(m) filter (where m.state = 'failed')::int as "failedMembers"
     from queue_groups g left join queue_group_members m on m.group_id = g.id
     where g.id = $1 group by g.id`,
    [id],
  );
  if (!row) throw new Error(`no group ${id}`);
  const { open, failed, total, isClosed, members, openMembers, failedMembers } = row;
  if (open !== openMembers || failed !== failedMembers || total !== members)
    throw new Error(`The counts of group ${id} are not those of its members: ${JSON.stringify(row)}`);
  return { open, failed, total, isClosed };
}

export function aGroup(node: QueueNode): Promise<number> {
  return node.database.transact((transaction) =>
    node.queue.openGroup(transaction, { subject: 'a group', actor: 'test' }),
  );
}

export const actor = { name: 'test', requestId: null };

/** Notes of one target, each in a lane named after it unless said otherwise. */
export function notesFor(targetId: number) {
  return (note: string, overrides: Parameters<typeof aNote>[0] = {}): ReturnType<typeof aNote> =>
    aNote({ targetId, lane: `lane:${note}`, note, ...overrides });
}
