import { describe, expect, it } from '@jest/globals';
import type { ScheduleStanding } from './schedule-standings.js';
import { findingsOf } from './schedule.checks.js';

const well: ScheduleStanding = {
  name: 'CleanUp',
  isPaused: false,
  isValid: true,
  nextAt: new Date('2027-01-05T09:00:00Z'),
  overdueSeconds: 0.4,
  lastError: null,
};

describe('the schedules', () => {
  it('are well when they fire and succeed', () => {
    expect(findingsOf([well]).map(({ level }) => level)).toEqual(['ok']);
  });

  it.each([
    [{ isPaused: true }, 'warning', 'is paused', 'provost schedule resume CleanUp'],
    [{ isValid: false }, 'error', 'never fires', 'provost schedule set CleanUp'],
    [{ overdueSeconds: 61 }, 'error', 'should have fired 61 s ago', 'role scheduler'],
    [{ lastError: 'disk full' }, 'error', 'Its last run failed: disk full', 'provost schedule run CleanUp'],
  ])('are told of when one is not: %j', (change, level, what, whatToDo) => {
    expect(findingsOf([{ ...well, ...change }])).toEqual([
      {
        level,
        where: 'schedule CleanUp',
        what: expect.stringContaining(what),
        whatToDo: expect.stringContaining(whatToDo),
      },
    ]);
  });
});
