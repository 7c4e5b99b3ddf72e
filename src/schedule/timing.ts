// When a schedule fires: a cron expression in a time zone, read and checked once.
import { nearestName } from '../platform/config/index.js';
import { CRON_EXPECTED, parseCron } from './cron-pattern.js';
import { type LocalTime, localTime } from './domain/local-time.js';
import { nextSlot } from './domain/slot.js';
import { zoneOf } from './domain/zone.js';

export interface Timing {
  /** The first slot later than `after`, or undefined when none is left. */
  next(after: Date): Date | undefined;
  /** What the clocks of its zone show at `instant`. */
  localTime(instant: Date): LocalTime;
}

export interface TimingFault {
  readonly field: 'cron' | 'zone';
  /** What is wrong and what is expected. */
  readonly detail: string;
}

/** Reads a cron expression and the name of a zone; `now` is needed to see whether it will ever fire. */
export function readTiming(
  cron: string,
  zoneName: string,
  now: Date,
): { timing: Timing } | { faults: readonly TimingFault[] } {
  const faults: TimingFault[] = [];
  let pattern: ReturnType<typeof parseCron> | undefined;
  try {
    pattern = parseCron(cron);
    if (pattern.next(now.getTime()) === undefined) {
      faults.push({ field: 'cron', detail: `"${cron}" names no time in the next eight years.` });
    }
  } catch (error) {
    faults.push({
      field: 'cron',
      detail: `"${cron}" is not a cron expression: ${(error as Error).message}. Expected are ${CRON_EXPECTED}.`,
    });
  }
  const zone = zoneOf(zoneName);
  if (zone === undefined) faults.push({ field: 'zone', detail: unknownZone(zoneName) });
  if (pattern === undefined || zone === undefined || faults.length > 0) return { faults };
  const known = { pattern, zone };
  return {
    timing: {
      next: (after) => {
        const slot = nextSlot(known.pattern, known.zone, after.getTime());
        return slot === undefined ? undefined : new Date(slot);
      },
      localTime: (instant) => localTime(known.zone, instant.getTime()),
    },
  };
}

/** The next `count` slots after `now`; fewer when there are no more. */
export function nextSlots(timing: Timing, now: Date, count: number): Date[] {
  const slots: Date[] = [];
  for (let slot = timing.next(now); slot !== undefined && slots.length < count; slot = timing.next(slot)) {
    slots.push(slot);
  }
  return slots;
}

function unknownZone(name: string): string {
  const nearest = nearestName(name, ['UTC', ...Intl.supportedValuesOf('timeZone')]);
  return (
    `"${name}" is not a time zone this server knows.${nearest ? ` Did you mean ${nearest}?` : ''} ` +
    'Expected is an IANA name such as Europe/Prague, or UTC.'
  );
}
