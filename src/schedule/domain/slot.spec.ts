import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { nextSlot, type WallPattern } from './slot.js';
import { zoneOf, type Zone } from './zone.js';

const MINUTE = 60_000;

interface MinutePattern extends WallPattern {
  names(wall: number): boolean;
}

/** Names the minutes of a day for which both sets contain hour and minute. */
function pattern(hours: ReadonlySet<number> | 'every', minutes: ReadonlySet<number>): MinutePattern {
  const matches = (wall: number): boolean =>
    (hours === 'every' || hours.has(Math.floor(wall / (60 * MINUTE)) % 24)) &&
    minutes.has(Math.floor(wall / MINUTE) % 60);
  return {
    isHourly: hours === 'every',
    names: matches,
    next: (wall) => {
      for (let minute = Math.floor(wall / MINUTE) + 1; ; minute += 1) {
        if (matches(minute * MINUTE)) return minute * MINUTE;
      }
    },
  };
}

/** The rule as it is written, minute by minute: what the search must find. */
function slotsByRule(named: MinutePattern, place: Zone, from: number, until: number): number[] {
  const slots: number[] = [];
  const start = from - 4 * 60 * MINUTE;
  let seenUntil = start + place.offsetAt(start);
  for (let instant = start; instant <= until; instant += MINUTE) {
    const wall = instant + place.offsetAt(instant);
    const isRepeated = wall <= seenUntil;
    let isDue = named.names(wall) && (!isRepeated || named.isHourly);
    for (let jumped = seenUntil + MINUTE; jumped < wall; jumped += MINUTE) isDue ||= named.names(jumped);
    if (isDue && instant > from) slots.push(instant);
    seenUntil = Math.max(seenUntil, wall);
  }
  return slots;
}

function slotsBySearch(named: WallPattern, place: Zone, from: number, until: number): number[] {
  const slots: number[] = [];
  for (let slot = nextSlot(named, place, from); slot !== undefined && slot <= until;) {
    slots.push(slot);
    slot = nextSlot(named, place, slot);
  }
  return slots;
}

function zone(name: string): Zone {
  const found = zoneOf(name);
  if (found === undefined) throw new Error(`no zone ${name}`);
  return found;
}

function iso(slot: number | undefined): string | undefined {
  return slot === undefined ? undefined : new Date(slot).toISOString();
}

const at = (text: string): number => Date.parse(text);

describe('nextSlot', () => {
  const halfPastTwo = pattern(new Set([2]), new Set([30]));
  const everyTenMinutes = pattern('every', new Set([0, 10, 20, 30, 40, 50]));
  const berlin = zone('Europe/Berlin');

  it('fires a missing time once, when the clock has jumped over it', () => {
    expect(
      slotsBySearch(halfPastTwo, berlin, at('2027-03-27T02:00Z'), at('2027-03-29T02:00Z')).map(iso),
    ).toEqual(['2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z']);
  });

  it('fires a doubled time once, at the first', () => {
    expect(
      slotsBySearch(halfPastTwo, berlin, at('2027-10-30T02:00Z'), at('2027-11-01T02:00Z')).map(iso),
    ).toEqual(['2027-10-31T00:30:00.000Z', '2027-11-01T01:30:00.000Z']);
  });

  it('fires through the repeated hour when every hour is named', () => {
    expect(iso(nextSlot(everyTenMinutes, berlin, at('2027-10-31T00:50Z')))).toBe('2027-10-31T01:00:00.000Z');
    expect(iso(nextSlot(everyTenMinutes, berlin, at('2027-10-31T01:10Z')))).toBe('2027-10-31T01:20:00.000Z');
    expect(iso(nextSlot(everyTenMinutes, berlin, at('2027-10-31T01:50Z')))).toBe('2027-10-31T02:00:00.000Z');
  });

  it('says so when nothing is left', () => {
    expect(nextSlot({ isHourly: false, next: () => undefined }, berlin, 0)).toBeUndefined();
  });

  it.each([
    ['an hour ahead', 'Europe/Berlin', '2027-03-28T01:00Z'],
    ['an hour back', 'Europe/Berlin', '2027-10-31T01:00Z'],
    ['an hour ahead west of UTC', 'America/New_York', '2027-03-14T07:00Z'],
    ['an hour back west of UTC', 'America/New_York', '2027-11-07T06:00Z'],
    ['an hour ahead in the night of Prague', 'Europe/Prague', '2027-03-28T01:00Z'],
    ['an hour back in the night of Prague', 'Europe/Prague', '2027-10-31T01:00Z'],
    ['an hour ahead half an hour off', 'America/St_Johns', '2027-03-14T05:30Z'],
    ['an hour back half an hour off', 'America/St_Johns', '2027-11-07T04:30Z'],
    ['half an hour back', 'Australia/Lord_Howe', '2027-04-03T15:00Z'],
    ['half an hour ahead', 'Australia/Lord_Howe', '2027-10-02T15:30Z'],
    ['back over midnight', 'America/Havana', '2027-11-07T05:00Z'],
    ['a whole day ahead', 'Pacific/Apia', '2011-12-30T10:00Z'],
    ['not at all', 'Asia/Kolkata', '2027-03-28T01:00Z'],
  ])('agrees with the written rule when the clock is put %s (%s)', (_, name, change) => {
    const times = fc.record({
      hours: fc.oneof(
        fc.constant('every' as const),
        fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1 }).map((hours) => new Set(hours)),
      ),
      minutes: fc
        .uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 })
        .map((minutes) => new Set(minutes)),
      start: fc.integer({ min: -300, max: 90 }),
    });
    const there = zone(name);
    fc.assert(
      fc.property(times, ({ hours, minutes, start }) => {
        const named = pattern(hours, minutes);
        const from = at(change) + start * MINUTE;
        const until = from + 8 * 60 * MINUTE;
        expect(slotsBySearch(named, there, from, until).map(iso)).toEqual(
          slotsByRule(named, there, from, until).map(iso),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('zoneOf', () => {
  it.each(['Europe/Berlin', 'UTC', 'Asia/Kolkata', 'europe/berlin'])('knows %s', (name) => {
    expect(zoneOf(name)).toBeDefined();
  });

  it.each(['', 'Europe/Atlantis', '+01:00', 'Europe/Berlin ', '\u0000', '../etc'])(
    'does not know %j',
    (name) => {
      expect(zoneOf(name)).toBeUndefined();
    },
  );

  it('reads offsets on both sides of UTC', () => {
    expect(zone('America/St_Johns').offsetAt(at('2027-01-01T00:00Z'))).toBe(-3.5 * 60 * MINUTE);
    expect(zone('Asia/Kathmandu').offsetAt(at('2027-01-01T00:00Z'))).toBe(5.75 * 60 * MINUTE);
    expect(zone('UTC').offsetAt(0)).toBe(0);
  });
});
