import { describe, expect, it } from '@jest/globals';
import type { TargetStanding } from '../../queue/index.js';
import type { ScheduleStanding } from '../../schedule/index.js';
import { pausedThoughNeeded, PROVISIONING_QUEUE, RETRY_PROVISIONING } from './needed-schedules.js';

const NOTHING = { ready: 0, 'gated-async': 0, 'gated-retry': 0, held: 0, dependent: 0, parked: 0 };

function target(mode: TargetStanding['mode'], lanes: Partial<TargetStanding['lanes']> = {}): TargetStanding {
  return {
    id: 3,
    name: 'system:Directory',
    mode,
    hold: null,
    holdReason: null,
    breakerOpenUntil: null,
    breakerReason: null,
    oldestDueSeconds: 0,
    lanes: { ...NOTHING, ...lanes },
  };
}

function schedule(name: string, isPaused: boolean): ScheduleStanding {
  return { name, isPaused, isValid: true, nextAt: null, overdueSeconds: 0, lastError: null };
}

const paused = [schedule(PROVISIONING_QUEUE, true), schedule(RETRY_PROVISIONING, true)];
const namesOf = (...args: Parameters<typeof pausedThoughNeeded>): string[] =>
  pausedThoughNeeded(...args).map(({ name }) => name);

describe('a paused schedule', () => {
  it('is missed by nobody while nothing waits for it', () => {
    expect(namesOf(paused, [target('synchronous', { ready: 5, parked: 2 })])).toEqual([]);
  });

  it('is missed by an asynchronous system, and by what still waits of one that was', () => {
    expect(namesOf(paused, [target('asynchronous')])).toEqual([PROVISIONING_QUEUE]);
    expect(namesOf(paused, [target('synchronous', { 'gated-async': 1 })])).toEqual([PROVISIONING_QUEUE]);
  });

  it('is missed by failed operations that wait for their time', () => {
    expect(namesOf(paused, [target('synchronous', { 'gated-retry': 1 })])).toEqual([RETRY_PROVISIONING]);
  });

  it('is not missed when it fires', () => {
    const firing = [schedule(PROVISIONING_QUEUE, false), schedule(RETRY_PROVISIONING, false)];
    expect(namesOf(firing, [target('asynchronous', { 'gated-async': 1, 'gated-retry': 1 })])).toEqual([]);
  });
});
