import type { Clock } from '../platform/clock/index.js';
import type { Database } from '../platform/database/index.js';

export interface ClockDifference {
  /** How far this process's clock is ahead of the database's; negative when it is behind. */
  readonly aheadMs: number;
  /** The difference may be wrong by so much: half of the way there and back. */
  readonly uncertaintyMs: number;
}

export async function clockDifference(database: Database, clock: Clock): Promise<ClockDifference> {
  const askedMs = clock.monotonicMs();
  const [row] = await database.query<{ now: Date }>('select clock_timestamp() as now');
  const uncertaintyMs = (clock.monotonicMs() - askedMs) / 2;
  if (row === undefined) throw new Error('the database did not tell its time');
  return { aheadMs: clock.now().getTime() - uncertaintyMs - row.now.getTime(), uncertaintyMs };
}
