// An instant as the clocks of a zone show it, so that people see what daylight saving does to a schedule.
import type { Zone } from './zone.js';

export interface LocalTime {
  /** Such as `2027-03-28T03:00:00`. */
  readonly time: string;
  /** Such as `+02:00`. */
  readonly offset: string;
}

const MINUTE = 60_000;

export function localTime(zone: Zone, instant: number): LocalTime {
  const offset = zone.offsetAt(instant);
  const minutes = Math.floor(Math.abs(offset) / MINUTE);
  return {
    time: new Date(instant + offset).toISOString().slice(0, 19),
    offset: `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`,
  };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
