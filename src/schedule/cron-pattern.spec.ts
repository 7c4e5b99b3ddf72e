import { describe, expect, it } from '@jest/globals';
import { CronTime } from 'cron';
import * as fc from 'fast-check';
import { parseCron } from './cron-pattern.js';

/** The days of the first quarter of 2027 that `cron` names, as `01-13`. */
function days(cron: string): string[] {
  const found: string[] = [];
  const pattern = parseCron(cron);
  for (
    let wall = pattern.next(Date.UTC(2026, 11, 31, 23, 59));
    wall !== undefined;
    wall = pattern.next(wall)
  ) {
    if (wall >= Date.UTC(2027, 3, 1)) break;
    found.push(new Date(wall).toISOString().slice(5, 10));
  }
  return found;
}

describe('a cron expression', () => {
  it('names days of the month OR days of the week when both are limited', () => {
    expect(days('0 0 3 13 1-2 fri')).toEqual(
      '01-01 01-08 01-13 01-15 01-22 01-29 02-05 02-12 02-13 02-19 02-26'.split(' '),
    );
  });

  it('names days that are both when one of the two is free, however that is written', () => {
    expect(days('0 0 3 13 * *')).toEqual(['01-13', '02-13', '03-13']);
    expect(days('0 0 3 13 * 0-6')).toEqual(['01-13', '02-13', '03-13']);
    const fridays = '01-01 01-08 01-15 01-22 01-29'.split(' ');
    for (const free of ['*', '*/1', '1-31']) expect(days(`0 0 3 ${free} jan fri`)).toEqual(fridays);
  });

  it('knows Sunday by three names', () => {
    const sundays = '01-03 01-10 01-17 01-24 01-31'.split(' ');
    for (const name of ['0', '7', 'SUN']) expect(days(`0 0 3 * 1 ${name}`)).toEqual(sundays);
  });

  it('names what the library names', () => {
    const field = (low: number, high: number): fc.Arbitrary<string> => {
      const number = fc.integer({ min: low, max: high });
      const step = fc.option(fc.integer({ min: 1, max: high + 3 }), { nil: undefined });
      const stepped = (range: string, by: number | undefined): string =>
        by === undefined ? range : `${range}/${by}`;
      const part = fc.oneof(
        number.map(String),
        step.map((by) => stepped('*', by)),
        fc
          .tuple(number, number, step)
          .map(([one, other, by]) => stepped(`${Math.min(one, other)}-${Math.max(one, other)}`, by)),
        fc.tuple(number, step).map(([from, by]) => stepped(String(from), by)),
      );
      return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
    };
    const expressions = fc
      .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
      .map((fields) => fields.join(' '));
    fc.assert(
      fc.property(expressions, fc.integer({ min: 0, max: 366 * 86_400 }), (cron, second) => {
        const after = Date.UTC(2027, 0, 1) + second * 1_000;
        const library = new CronTime(cron, 'UTC').getNextDateFrom(new Date(after), 'UTC').toMillis();
        expect(parseCron(cron).next(after)).toBe(library);
      }),
      { numRuns: 300 },
    );
  });

  it('finds a leap day eight years away', () => {
    expect(parseCron('0 0 0 29 2 *').next(Date.UTC(2096, 2, 1))).toBe(Date.UTC(2104, 1, 29));
  });
});
