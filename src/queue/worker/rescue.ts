// Takes lanes back from executors that stopped beating, and heals the gates.
import { type Database, loadStatement } from '../../platform/database/index.js';
import type { QueueTimes } from '../queue.config.js';

const here = new URL('..', import.meta.url).href;
const BURY_EXECUTORS = loadStatement('bury-executors', here);
const RESCUE_LANES = loadStatement('rescue-lanes', here);
const CLOSE_RESCUED = loadStatement('close-rescued-executors', here);

const LANES_AT_ONCE = 500;
/** An operation whose executor died this often waits for a person. */
const CRASHES_THAT_EXHAUST = 3;

/** Any living process may do it, at any time. Returns the number of lanes freed. */
export async function rescue(database: Database, times: QueueTimes): Promise<number> {
  await database.query(BURY_EXECUTORS, [times.lease]);
  let freed = 0;
  for (;;) {
    const rows = await database.query(RESCUE_LANES, [LANES_AT_ONCE, CRASHES_THAT_EXHAUST]);
    freed += rows.length;
    if (rows.length < LANES_AT_ONCE) break;
  }
  await database.query(CLOSE_RESCUED);
  return freed;
}
