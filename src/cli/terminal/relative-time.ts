// Times for people: the instant in UTC, and how far away it is.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/;

/** “in 12 s”, “3 min ago”, “now”. */
export function relativeTime(instant: number, now: number): string {
  const distance = Math.abs(instant - now);
  if (distance < SECOND) return 'now';
  const amount = duration(distance);
  return instant > now ? `in ${amount}` : `${amount} ago`;
}

/** “20 ms”, “12 s”, “3 min”, “5 h”, “2 d”; a number is rounded down, never up to a time that is not reached. */
export function duration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${milliseconds} ms`;
  if (milliseconds < 90 * SECOND) return `${Math.floor(milliseconds / SECOND)} s`;
  if (milliseconds < 90 * MINUTE) return `${Math.floor(milliseconds / MINUTE)} min`;
  if (milliseconds < 36 * HOUR) return `${Math.floor(milliseconds / HOUR)} h`;
  return `${Math.floor(milliseconds / DAY)} d`;
}

/** An ISO instant of the API as “2027-01-05 09:13:20Z (in 12 s)”; anything else as it came. */
export function instantText(value: unknown, now: number): string {
  if (typeof value !== 'string') return '-';
  const [, date, time] = INSTANT.exec(value) ?? [];
  if (date === undefined) return value;
  return `${date} ${time}Z (${relativeTime(Date.parse(value), now)})`;
}
