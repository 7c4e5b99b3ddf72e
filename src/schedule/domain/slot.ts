// Which instants a schedule names. The rule for the two odd days of a year:
// a wall-clock time that is missing fires once, when the clock has jumped over it; one that comes twice fires once, at
// the first, unless the schedule names every hour: then the repeated hour is an hour like any other.
import type { Zone } from './zone.js';

/** The wall-clock times a cron expression names, in milliseconds counted as if they were UTC. */
export interface WallPattern {
  /** The first named time later than `wall`, or undefined when there is none in the years to come. */
  next(wall: number): number | undefined;
  /** Whether it names every hour of the day. */
  readonly isHourly: boolean;
}

const SECOND = 1_000;
const DAY = 86_400_000;

/** The first instant later than `after` that `pattern` names in `zone`, or undefined when there is none. */
export function nextSlot(pattern: WallPattern, zone: Zone, after: number): number | undefined {
  const wall = after + zone.offsetAt(after);
  const [first, second] = instantsOf(zone, wall);
  if (first !== undefined && second !== undefined) {
    const change = changeBetween(zone, first, second);
    const repeated = { from: change + zone.offsetAt(second), until: change + zone.offsetAt(first) };
    if (pattern.isHourly && after === first && !isNamedIn(pattern, wall, repeated.until)) {
      const again = pattern.next(repeated.from - SECOND);
      if (again !== undefined && again < repeated.until) return again - zone.offsetAt(second);
    }
    if (!pattern.isHourly && after === second)
      return slotOf(zone, pattern.next(repeated.until - SECOND), after);
  }
  return slotOf(zone, pattern.next(wall), after);
}

function isNamedIn(pattern: WallPattern, after: number, until: number): boolean {
  return (pattern.next(after) ?? until) < until;
}

function slotOf(zone: Zone, named: number | undefined, after: number): number | undefined {
  if (named === undefined) return undefined;
  return instantsOf(zone, named).find((instant) => instant > after) ?? endOfGap(zone, named);
}

/** The instants at which the zone's clocks show `wall`: none in a gap, two when the clock was put back over it. */
function instantsOf(zone: Zone, wall: number): number[] {
  // Offsets lie within a day of UTC, and no zone changes twice in two days.
  const offsets = new Set([zone.offsetAt(wall - DAY), zone.offsetAt(wall + DAY)]);
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((instant) => instant + zone.offsetAt(instant) === wall)
    .sort((left, right) => left - right);
}

/** The instant at which the clock jumped over `wall`. */
function endOfGap(zone: Zone, wall: number): number {
  return changeBetween(zone, wall - DAY, wall + DAY);
}

/** The first instant, to the second, with the offset of `until`; the offset changes once between the two. */
function changeBetween(zone: Zone, from: number, until: number): number {
  const offset = zone.offsetAt(until);
  let before = Math.floor(from / SECOND);
  let after = Math.floor(until / SECOND);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.offsetAt(middle * SECOND) === offset) after = middle;
    else before = middle;
  }
  return after * SECOND;
}
