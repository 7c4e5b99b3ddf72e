// The queue target of a system, kept in step with the system.
import type { Transaction } from '../platform/database/index.js';

/** Operators read it in the queue. */
export function targetNameOf(systemName: string): string {
  return `system:${systemName}`;
}

/** Lanes of the target that hold work. */
export async function countBusyLanes(transaction: Transaction, id: number): Promise<number> {
  const [row] = await transaction.query<{ count: number }>(
    `select count(*) as count from queue_lanes where target_id = $1 and state <> 'idle'`,
    [id],
  );
  return row?.count ?? 0;
}

/** Removes the target with its idle lanes; a lane that has work again makes it fail (SQLSTATE 23503). */
export async function removeTarget(transaction: Transaction, id: number): Promise<void> {
  await transaction.query(
    `with idle as (
       select l.id from queue_lanes l
       where l.target_id = $1 and l.state = 'idle'
       order by l.key collate "C"
       for update
     )
     delete from queue_lanes l using idle where l.id = idle.id`,
    [id],
  );
  await transaction.query('delete from queue_targets where id = $1', [id]);
}
