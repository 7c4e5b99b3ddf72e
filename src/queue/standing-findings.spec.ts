import { describe, expect, it } from '@jest/globals';
import { holdsOf, rolesOf, waitsOf } from './standing-findings.js';
import type { TargetStanding } from './target-standings.js';

const idle: TargetStanding = {
  id: 3,
  name: 'system:Directory',
  mode: 'synchronous',
  hold: null,
  holdReason: null,
  breakerOpenUntil: null,
  breakerReason: null,
  oldestDueSeconds: 0,
  lanes: { ready: 0, 'gated-async': 0, 'gated-retry': 0, held: 0, dependent: 0, parked: 0 },
};

const words = (found: readonly { level: string; what: string }[]): string[] =>
  found.map(({ level, what }) => `${level}: ${what}`);

describe('the nodes', () => {
  it('are well when somebody works and somebody fires schedules', () => {
    expect(words(rolesOf(new Map(Object.entries({ worker: 2, scheduler: 1, api: 3 }))))).toEqual([
      'ok: Every role is filled (api: 3, scheduler: 1, worker: 2).',
    ]);
  });

  it('are not when nobody does', () => {
    expect(words(rolesOf(new Map([['api', 1]])))).toEqual([
      expect.stringContaining('error: Nobody has the role worker'),
      expect.stringContaining('error: Nobody has the role scheduler'),
    ]);
  });
});

describe('a target', () => {
  it('is told of when it is held, restored, or its breaker is open', () => {
    expect(holdsOf([idle])).toEqual([]);
    expect(words(holdsOf([{ ...idle, hold: 'maintenance', holdReason: 'new disks' }]))).toEqual([
      'warning: It is held: maintenance (new disks). Lanes that wait for that: 0.',
    ]);
    expect(words(holdsOf([{ ...idle, hold: 'restored' }]))).toEqual([
      expect.stringContaining('error: The database was restored'),
    ]);
    const breaker = { breakerOpenUntil: new Date(0), breakerReason: 'connection refused' };
    expect(words(holdsOf([{ ...idle, ...breaker }]))).toEqual([
      expect.stringContaining('one after the other: connection refused'),
    ]);
  });

  it('is told of when its lanes wait for a person, or due work does not move', () => {
    expect(words(waitsOf([idle, { ...idle, oldestDueSeconds: 30 }]))).toEqual([
      expect.stringMatching(/^ok:/),
    ]);
    expect(words(waitsOf([{ ...idle, oldestDueSeconds: 90 }]))).toEqual([
      'error: Work that is due has waited for 90 s.',
    ]);
    const lanes = { ...idle.lanes, parked: 1_000 };
    expect(words(waitsOf([{ ...idle, lanes }]))).toEqual([
      'error: Lanes that wait for a person: 1000 or more.',
    ]);
  });
});
