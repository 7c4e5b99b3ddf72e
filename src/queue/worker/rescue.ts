// Takes lanes back from executors that stopped beating, and heals what races left.
import type { QueueTimes } from '../queue.config.js';
import type { QueueStore } from './queue-store.js';

const LANES_AT_ONCE = 500;
/** An operation whose executor died this often waits for a person. */
const CRASHES_THAT_EXHAUST = 3;

/** Any living process may do it, at any time. Returns the number of lanes freed. */
export async function rescue(store: QueueStore, times: QueueTimes): Promise<number> {
  await store.bury(times.lease);
  let freed = 0;
  for (;;) {
    const rows = await store.rescueLanes(LANES_AT_ONCE, CRASHES_THAT_EXHAUST);
    freed += rows.length;
    if (rows.length < LANES_AT_ONCE) break;
  }
  await store.closeRescued();
  return freed;
}
