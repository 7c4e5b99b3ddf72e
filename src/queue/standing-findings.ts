// What the doctor says of nodes, targets and lanes: words from figures.
import { fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { countText, type TargetStanding } from './target-standings.js';

/** A worker looks twice a second: what is due for longer does not move. */
const LATE_SECONDS = 60;

const NOBODY: Readonly<Record<string, string>> = {
  worker: 'Nobody has the role worker: changes are accepted and wait.',
  scheduler:
    'Nobody has the role scheduler: no schedule fires, so failed operations and asynchronous systems wait.',
};

/** @param nodes living processes by role */
export function rolesOf(nodes: ReadonlyMap<string, number>): Observation[] {
  const missing = Object.keys(NOBODY).filter((role) => !nodes.has(role));
  if (missing.length > 0) {
    return missing.map((role) =>
      fault(
        NOBODY[role] ?? '',
        `role ${role}`,
        `Start a process with PROVOST_ROLES=${role}, or with all roles.`,
      ),
    );
  }
  const counted = [...nodes].map(([role, count]) => `${role}: ${count}`).toSorted();
  return [fine(`Every role is filled (${counted.join(', ')}).`, 'nodes')];
}

export function holdsOf(standings: readonly TargetStanding[]): Observation[] {
  return standings.flatMap((standing) => {
    const seen: Observation[] = [];
    if (standing.hold === 'restored') {
      seen.push(
        fault(
          'The database was restored from a backup: nothing is sent until a person has looked.',
          placeOf(standing),
          'provost queue restoration shows what would be sent; provost queue release --reason TEXT lets it go.',
        ),
      );
    } else if (standing.hold !== null) {
      const reason = standing.holdReason === null ? '' : ` (${standing.holdReason})`;
      seen.push(
        warning(
          `It is held: ${standing.hold}${reason}. Lanes that wait for that: ${countText(standing.lanes.held)}.`,
          placeOf(standing),
          `When its cause has gone: provost queue lift ${standing.id}`,
        ),
      );
    }
    if (standing.breakerOpenUntil !== null) {
      const reason = standing.breakerReason === null ? '' : `: ${standing.breakerReason}`;
      seen.push(
        fault(
          `Its breaker is open, because attempts failed one after the other${reason}.`,
          placeOf(standing),
          'Make it reachable and its settings right; it is looked at again by itself, and at once after a change of its settings.',
        ),
      );
    }
    return seen;
  });
}

export function waitsOf(standings: readonly TargetStanding[]): Observation[] {
  const seen = standings.flatMap((standing) => {
    const found: Observation[] = [];
    if (standing.oldestDueSeconds > LATE_SECONDS) {
      found.push(
        fault(
          `Work that is due has waited for ${Math.round(standing.oldestDueSeconds)} s.`,
          placeOf(standing),
          'See whether a worker lives and what its log says; with more work than it can do, start another.',
        ),
      );
    }
    if (standing.lanes.parked > 0) {
      found.push(
        fault(
          `Lanes that wait for a person: ${countText(standing.lanes.parked)}.`,
          placeOf(standing),
          'provost queue list shows each with its reason: correct the cause, retry it, or cancel it.',
        ),
      );
    }
    return found;
  });
  return seen.length > 0 ? seen : [fine('Nothing waits for a person, and nothing due waits long.', 'queue')];
}

function placeOf({ id, name }: TargetStanding): string {
  return `${name} (target ${id})`;
}
