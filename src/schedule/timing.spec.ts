import { describe, expect, it } from '@jest/globals';
import { nextSlots, readTiming, type Timing } from './timing.js';

const now = new Date('2027-01-01T00:00:00Z');

function timing(cron: string, zone = 'UTC'): Timing {
  const read = readTiming(cron, zone, now);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.timing;
}

function faults(cron: string, zone = 'UTC'): string[] {
  const read = readTiming(cron, zone, now);
  return 'faults' in read ? read.faults.map(({ field, detail }) => `${field}: ${detail}`) : [];
}

function slots(cron: string, zone: string, from: string, count: number): string[] {
  return nextSlots(timing(cron, zone), new Date(from), count).map((slot) => slot.toISOString());
}

describe('readTiming', () => {
  it('counts seconds in the first of six fields', () => {
    expect(slots('*/20 * * * * *', 'UTC', '2027-01-01T00:00:00.500Z', 4)).toEqual([
      '2027-01-01T00:00:20.000Z',
      '2027-01-01T00:00:40.000Z',
      '2027-01-01T00:01:00.000Z',
      '2027-01-01T00:01:20.000Z',
    ]);
  });

  it('knows leap days, months and days of the week by name', () => {
    expect(slots('0 0 12 29 feb *', 'UTC', '2027-01-01T00:00:00Z', 1)).toEqual(['2028-02-29T12:00:00.000Z']);
    expect(slots('0 30 2 * * mon-fri', 'Europe/Prague', '2027-01-01T12:00:00Z', 2)).toEqual([
      '2027-01-04T01:30:00.000Z',
      '2027-01-05T01:30:00.000Z',
    ]);
  });

  it('fires 02:30 in Berlin once on both odd days of 2027', () => {
    expect(slots('0 30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:00:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ]);
    expect(slots('0 30 2 * * *', 'Europe/Berlin', '2027-10-30T12:00:00Z', 2)).toEqual([
      '2027-10-31T00:30:00.000Z',
      '2027-11-01T01:30:00.000Z',
    ]);
  });

  it('never goes back in the repeated hour', () => {
    expect(slots('*/5 * * * * *', 'Europe/Berlin', '2027-10-31T01:10:00Z', 2)).toEqual([
      '2027-10-31T01:10:05.000Z',
      '2027-10-31T01:10:10.000Z',
    ]);
  });

  it('leaves the repeated hour in one step when it fired in it already', () => {
    expect(slots('* * 2 * * *', 'Europe/Berlin', '2027-10-31T01:00:00Z', 1)).toEqual([
      '2027-11-01T01:00:00.000Z',
    ]);
  });

  it.each([
    ['', 'it has 1 field'],
    ['* * * * *', 'it has 5 fields'],
    ['@daily', 'it has 1 field'],
    ['0 0 25 * * *', 'out of range'],
    ['0 */0 * * * *', 'step of zero'],
    ['0 0 0 L * *', 'Unknown alias: l'],
    ['0 0 0 ? * *', 'cannot be parsed'],
    ['0 0 5-1 * * *', 'invalid range'],
    ['0 0 0 * * * 2027', 'it has 7 fields'],
    ['constructor 0 0 * * *', 'Unknown alias'],
    ['\u0000 * * * * *', 'cannot be parsed'],
  ])('refuses %j and says why and what is expected', (cron, reason) => {
    expect(faults(cron)).toEqual([expect.stringMatching(new RegExp(`^cron: .*${reason}.*six fields`, 's'))]);
  });

  it('refuses a date that never comes', () => {
    expect(faults('0 0 0 31 2 *')).toEqual(['cron: "0 0 0 31 2 *" names no time in the next eight years.']);
  });

  it('suggests the zone that was meant', () => {
    expect(faults('0 * * * * *', 'Europe/Berln')).toEqual([
      expect.stringContaining('Did you mean Europe/Berlin?'),
    ]);
  });

  it('reports both fields at once', () => {
    expect(faults('x', 'y').map((fault) => fault.slice(0, 5))).toEqual(['cron:', 'zone:']);
  });
});
