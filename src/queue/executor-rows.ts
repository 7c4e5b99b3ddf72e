// The registration of a living process: its id is never reused, and once it is dead it never lives again.
import { hostname } from 'node:os';
import type { Database } from '../platform/database/index.js';

export async function registerExecutor(database: Database, roles: readonly string[]): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    'insert into queue_executors (node, pid, roles) values ($1, $2, $3) returning id',
    [hostname(), process.pid, roles],
  );
  if (!row) throw new Error('The executor was not registered.');
  return row.id;
}

/** False when it was declared dead. */
export async function beatExecutor(database: Database, id: number): Promise<boolean> {
  const rows = await database.query(
    'update queue_executors set beat_at = now() where id = $1 and not is_dead returning id',
    [id],
  );
  return rows.length > 0;
}

/** Gives the registration back, so that nobody waits for its beat. */
export async function retireExecutor(database: Database, id: number): Promise<void> {
  // For update: a flush in progress holds the row, and its lanes must not be rescued under it.
  await database.query(
    'update queue_executors set is_dead = true, is_retired = true where id = (select id from queue_executors where id = $1 for update)',
    [id],
  );
}
