import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, property } from 'fast-check';
import {
  judge,
  JUST_CLOSED,
  openForMs,
  shareOf,
  type TargetFlow,
  type TargetSign,
  UNLIMITED,
} from './target-flow.js';

const SHARE = 8;

/** Signs one second apart; the flow after them, and which of them tripped the breaker. */
function after(
  signs: readonly TargetSign[],
  start: TargetFlow = UNLIMITED,
  everyMs = 1_000,
): { flow: TargetFlow; tripped: number[] } {
  let flow = start;
  const tripped: number[] = [];
  signs.forEach((sign, index) => {
    const judged = judge(flow, sign, SHARE, index * everyMs);
    flow = judged.flow;
    if (judged.trips) tripped.push(index);
  });
  return { flow, tripped };
}

const times = (count: number, sign: TargetSign): TargetSign[] => Array<TargetSign>(count).fill(sign);

describe('the share of one executor', () => {
  it('adds up to the concurrency of the target over all executors', () => {
    assert(
      property(integer({ min: 1, max: 256 }), integer({ min: 1, max: 40 }), (concurrency, executors) => {
        const shares = Array.from({ length: executors }, (_, rank) => shareOf(concurrency, executors, rank));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(concurrency);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the breaker', () => {
  it('opens with the fifth trouble in a row, and not with four', () => {
    expect(after(times(4, 'in-trouble')).tripped).toEqual([]);
    expect(after(times(5, 'in-trouble')).tripped).toEqual([4]);
  });

  it('counts anew after an answer', () => {
    expect(after([...times(4, 'in-trouble'), 'answered', ...times(4, 'in-trouble')]).tripped).toEqual([]);
  });

  it('opens when half of twenty attempts within the window were trouble', () => {
    const mixed = times(10, 'answered').flatMap((sign): TargetSign[] => ['in-trouble', sign]);
    expect(after(mixed.slice(0, 19)).tripped).toEqual([]);
    expect(after([...mixed.slice(0, 19), 'in-trouble']).tripped).toEqual([19]);
    const fewer = times(20, 'answered').flatMap((sign): TargetSign[] => [sign, 'in-trouble', sign]);
    expect(after(fewer, UNLIMITED, 100).tripped).toEqual([]);
  });

  it('forgets what is older than its window', () => {
    const mixed = times(30, 'answered').flatMap((sign): TargetSign[] => ['in-trouble', sign]);
    expect(after(mixed, UNLIMITED, 2_000).tripped).toEqual([]);
    expect(after(mixed, UNLIMITED, 100).tripped.length).toBeGreaterThan(0);
  });

  it('opens at once when the target refuses our login', () => {
    expect(after(['misconfigured']).tripped).toEqual([0]);
  });

  it('stays open twice as long each time, up to a minute, and five minutes for a refused login', () => {
    expect([1, 2, 3, 4, 5, 60].map((trips) => openForMs(trips, 'in-trouble') / 1_000)).toEqual([
      5, 10, 20, 40, 60, 60,
    ]);
    expect([1, 9].map((trips) => openForMs(trips, 'misconfigured') / 1_000)).toEqual([300, 300]);
    expect(openForMs(1, 'in-trouble', 0.1)).toBe(500);
  });
});

describe('the limit of a process', () => {
  it('is halved each time the target asks for less, and never below one', () => {
    expect(after(['asks-for-less']).flow.limit).toBe(4);
    expect(after(times(2, 'asks-for-less')).flow.limit).toBe(2);
    expect(after(times(9, 'asks-for-less')).flow.limit).toBe(1);
  });

  it('grows by one with fifty answers until the share is reached', () => {
    const { flow } = after(times(3, 'asks-for-less'));
    expect(after(times(49, 'answered'), flow).flow.limit).toBe(1);
    expect(after(times(50, 'answered'), flow).flow.limit).toBe(2);
    expect(after(times(50 * 7 + 1, 'answered'), flow).flow.limit).toBe(Number.POSITIVE_INFINITY);
  });

  it('is one after the breaker closed, and doubles with each answer', () => {
    expect(JUST_CLOSED.limit).toBe(1);
    expect([1, 2, 3].map((answers) => after(times(answers, 'answered'), JUST_CLOSED).flow.limit)).toEqual([
      2, 4, 8,
    ]);
    expect(after(times(4, 'answered'), JUST_CLOSED).flow).toMatchObject({
      limit: Number.POSITIVE_INFINITY,
      isRamping: false,
    });
  });

  it('is always at least one, whatever happens', () => {
    const sign = constantFrom<TargetSign>('answered', 'in-trouble', 'asks-for-less', 'misconfigured');
    assert(
      property(array(sign, { maxLength: 300 }), (signs) => {
        const { flow } = after(signs, JUST_CLOSED);
        expect(flow.limit).toBeGreaterThanOrEqual(1);
        expect(flow.recent.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
