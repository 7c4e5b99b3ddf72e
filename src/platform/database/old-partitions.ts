// Retention by whole days: what no longer waits goes with its day, at once and without a trace in the hot tables.
import type { Database } from './database.js';
import type { DayOfTable } from './partitions.js';
import { loadStatement } from './statement.js';

/** Held by the one process that drops. An arbitrary number, the same in every version. */
const LOCK = 7_266_004;

const OLD_PARTITIONS = loadStatement('old-partitions', import.meta.url);

export interface Dropped {
  readonly days: number;
  /** Rows of dropped days that stay, because they belong to what still waits. */
  readonly kept: number;
}

/**
 * Drops the days older than `days`, the oldest first, one table a transaction. What belongs to operations that wait is
 * gathered into one partition for all earlier days, with its times, in the transaction of the drop. Stops early when
 * another process is at it, or when `isStopping`.
 * @throws when a table cannot be locked at once or the disk is full; what is not dropped by then is as it was
 */
export async function dropOldPartitions(
  database: Database,
  days: number,
  isStopping: () => boolean,
): Promise<Dropped> {
  const gone = new Set<string>();
  const kept = new Map<string, number>();
  for (const { table, day } of await database.query<DayOfTable>(OLD_PARTITIONS, [days])) {
    if (isStopping()) break;
    const rows = await database.transact(async (transaction) => {
      const [lock] = await transaction.query<{ taken: boolean }>(
        'select pg_try_advisory_xact_lock($1) as taken',
        [LOCK],
      );
      if (lock?.taken !== true) return null;
      const [dropped] = await transaction.query<{ kept: number }>(
        'select platform_drop_partition($1, $2) as kept',
        [table, day],
      );
      return dropped?.kept ?? 0;
    });
    if (rows === null) break;
    kept.set(table, rows);
    gone.add(day);
  }
  return { days: gone.size, kept: [...kept.values()].reduce((sum, one) => sum + one, 0) };
}
