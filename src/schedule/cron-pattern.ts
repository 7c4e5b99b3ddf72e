// The grammar of cron expressions is that of the library `cron`, which refuses what it cannot read. Its search is not
// used: in a zone with daylight saving its answers in the repeated hour depend on the season the process was started
// in, and it takes too long for the thousands of times that are looked at after an absence.
import { CronTime } from 'cron';
import type { WallPattern } from './domain/slot.js';
import { wallPattern } from './domain/wall-pattern.js';

/** For people: what a cron expression looks like here. */
export const CRON_EXPECTED =
  'six fields: second, minute, hour, day of month, month, day of week, such as "0 30 2 * * 1-5" for 02:30 on working days';

const NAMES = [
  ...['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map(
    (name, index) => [name, index + 1] as const,
  ),
  ...['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'].map((name, index) => [name, index] as const),
];
const NUMBERS: ReadonlyMap<string, number> = new Map(NAMES);

/** @throws Error saying which field is wrong */
export function parseCron(text: string): WallPattern {
  const fields = text.trim().toLowerCase().split(/\s+/);
  if (fields.length !== 6) throw new Error(`it has ${fields.length} field${fields.length === 1 ? '' : 's'}`);
  const { error } = CronTime.validateCronExpression(fields.join(' '));
  if (error !== undefined) throw error;
  const [second = '', minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields.map(
    (field) => field.replaceAll(/[a-z]{3}/g, (name) => String(NUMBERS.get(name))),
  );
  return wallPattern({
    seconds: readField(second, 0, 59),
    minutes: readField(minute, 0, 59),
    hours: readField(hour, 0, 23),
    daysOfMonth: readField(dayOfMonth, 1, 31),
    months: readField(month, 1, 12),
    // Sunday is 7 too.
    daysOfWeek: ascending(readField(dayOfWeek, 0, 7).map((day) => day % 7)),
  });
}

/** The numbers that a field names which the library has taken: `*`, `1-5`, `10-50/20`, `7/2`, and lists of them. */
function readField(field: string, low: number, high: number): number[] {
  return ascending(
    field.split(',').flatMap((part) => {
      const [range = '', step] = part.replace('*', `${low}-${high}`).split('/');
      const [from = low, until = step === undefined ? from : high] = range.split('-').map(Number);
      const every = Number(step ?? 1);
      return Array.from(
        { length: Math.floor((until - from) / every) + 1 },
        (_, index) => from + index * every,
      );
    }),
  );
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((left, right) => left - right);
}
