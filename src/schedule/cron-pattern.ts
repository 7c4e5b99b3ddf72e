// The grammar of cron expressions, by the library `cron`. It is only ever asked about UTC: in a zone with daylight
// saving its answers in the repeated hour depend on the season the process was started in.
import { CronTime } from 'cron';
import type { WallPattern } from './domain/slot.js';

/** For people: what a cron expression looks like here. */
export const CRON_EXPECTED =
  'six fields: second, minute, hour, day of month, month, day of week, such as "0 30 2 * * 1-5" for 02:30 on working days';

const EVERY_HOUR = /^(\*|\*\/1|0-23)$/;

/** @throws Error saying which field is wrong */
export function parseCron(text: string): WallPattern {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`it has ${fields.length} field${fields.length === 1 ? '' : 's'}`);
  const time = new CronTime(fields.join(' '), 'UTC');
  return {
    isHourly: EVERY_HOUR.test(fields[2] ?? ''),
    next: (wall) => {
      try {
        return time.getNextDateFrom(new Date(wall), 'UTC').toMillis();
      } catch {
        // The library gives up after eight years: a date such as 31 February.
        return undefined;
      }
    },
  };
}
