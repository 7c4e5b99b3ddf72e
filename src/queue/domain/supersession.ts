// Which waiting operations a newer one of the same lane replaces. sql/supersede.sql does the same to rows.
import type { QueuedState } from './operation-state.js';

/** `state`: it makes the full state match, so the newest is enough. `end`: it removes what the others would change. */
export type Supersession = 'state' | 'end';

export interface OlderOperation {
  readonly seq: number;
  readonly state: QueuedState;
  readonly supersession: Supersession | null;
  /** Whether a worker has it, or may be about to begin it. */
  readonly isHandedOut: boolean;
}

/**
 * The places of the operations that end as SUPERSEDED when `newer` joins the lane. What is handed out, has sent
 * something or supersedes by itself is never replaced; a `state` replaces nothing beyond an operation of another
 * sort, because that one may build on it. A failed `state` is corrected by a newer one rather than replaced.
 * @param older what waits in the lane, in order
 */
export function supersededBy(newer: Supersession, older: readonly OlderOperation[]): number[] {
  const lastBarrier = older.findLastIndex(({ supersession }) => supersession !== 'state');
  return older
    .filter((one, index) => {
      if (one.supersession !== 'state' || one.isHandedOut) return false;
      if (newer === 'end' && one.state === 'FAILED') return true;
      return hasNotBegun(one.state) && (newer === 'end' || index > lastBarrier);
    })
    .map(({ seq }) => seq);
}

function hasNotBegun(state: QueuedState): boolean {
  return state === 'CREATED' || state === 'NOT_EXECUTED' || state === 'BLOCKED';
}
