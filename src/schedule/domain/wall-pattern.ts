// The wall-clock times that a cron expression names, once its fields are read. Searching is cheap, because after an
// absence thousands of times are looked at.
import type { WallPattern } from './slot.js';

/** What each field of a cron expression allows, ascending; months from 1, days of the week from Sunday, 0. */
export interface CronFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly daysOfWeek: readonly number[];
}

const SECOND = 1_000;
const DAY = 86_400_000;
/** A leap day can be eight years away. */
const FARTHEST_DAYS = 8 * 366;

export function wallPattern(fields: CronFields): WallPattern {
  return {
    isHourly: fields.hours.length === 24,
    next: (wall) => {
      const today = Math.floor(wall / DAY) * DAY;
      for (let day = today; day <= today + FARTHEST_DAYS * DAY; day += DAY) {
        if (!isNamedDay(fields, new Date(day))) continue;
        const second = nextSecondOfDay(fields, day === today ? Math.floor((wall - day) / SECOND) : -1);
        if (second !== undefined) return day + second * SECOND;
      }
      return undefined;
    },
  };
}

/** When both kinds of day are limited, either is enough: the rule of cron since 1979. */
function isNamedDay({ daysOfMonth, months, daysOfWeek }: CronFields, day: Date): boolean {
  if (!months.includes(day.getUTCMonth() + 1)) return false;
  const inMonth = daysOfMonth.includes(day.getUTCDate());
  const inWeek = daysOfWeek.includes(day.getUTCDay());
  const isEitherFree = daysOfMonth.length === 31 || daysOfWeek.length === 7;
  return isEitherFree ? inMonth && inWeek : inMonth || inWeek;
}

function nextSecondOfDay({ hours, minutes, seconds }: CronFields, after: number): number | undefined {
  for (const hour of hours) {
    if (hour * 3_600 + 3_599 <= after) continue;
    for (const minute of minutes) {
      const start = hour * 3_600 + minute * 60;
      if (start + 59 <= after) continue;
      const second = seconds.find((each) => start + each > after);
      if (second !== undefined) return start + second;
    }
  }
  return undefined;
}
