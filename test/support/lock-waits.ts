// Lets a spec bring two transactions to the point where one waits for the other, without guessing how long that takes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../../src/platform/database/index.js';

/** Resolves once `count` connections to this database wait for a lock. @throws when that does not happen. */
export async function untilWaitingForLock(database: Database, count = 1): Promise<void> {
  for (let tries = 0; tries < 5_000; tries += 1) {
    const waiting = await database.query(
      `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    if (waiting.length >= count) return;
    await nextTurn();
  }
  throw new Error(`Fewer than ${count} connections came to wait for a lock.`);
}
