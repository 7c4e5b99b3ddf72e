import { describe, expect, it } from '@jest/globals';
import { assert, double, integer, property } from 'fast-check';
import { decideRetry, RETRY_POLICIES } from './retry-schedule.js';

const HOUR = 3_600_000;

describe('the default retry policy', () => {
  it('doubles the longest delay from 15 seconds up to an hour', () => {
    const ceilings = [1, 2, 3, 4, 5, 9, 10, 400].map((attempts) =>
      decideRetry(RETRY_POLICIES.default, { attempts, failingForMs: 0 }, 0.999_999_9),
    );
    expect(
      ceilings.map((one) => (one.kind === 'again' ? Math.round(one.delayMs / 1_000) : one.kind)),
    ).toEqual([15, 30, 60, 120, 240, 3_600, 3_600, 3_600]);
  });

  it('spreads over the whole delay', () => {
    expect(decideRetry(RETRY_POLICIES.default, { attempts: 3, failingForMs: 0 }, 0)).toEqual({
      kind: 'again',
      delayMs: 0,
    });
    expect(decideRetry(RETRY_POLICIES.default, { attempts: 3, failingForMs: 0 }, 0.5)).toEqual({
      kind: 'again',
      delayMs: 30_000,
    });
  });

  it('gives up a day after the first failure', () => {
    expect(decideRetry(RETRY_POLICIES.default, { attempts: 50, failingForMs: 24 * HOUR }, 0.5)).toEqual({
      kind: 'exhausted',
    });
    expect(decideRetry(RETRY_POLICIES.default, { attempts: 50, failingForMs: 24 * HOUR - 1 }, 0.5).kind).toBe(
      'again',
    );
  });

  it('obeys what the target asks for', () => {
    expect(decideRetry(RETRY_POLICIES.default, { attempts: 1, failingForMs: 0 }, 0.1, 90_000)).toEqual({
      kind: 'again',
      delayMs: 90_000,
    });
  });

  it('never gives a negative or endless delay', () => {
    assert(
      property(
        integer({ min: 1, max: 1_000_000 }),
        integer({ min: 0, max: 48 * HOUR }),
        double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, failingForMs, draw) => {
          const decision = decideRetry(RETRY_POLICIES.default, { attempts, failingForMs }, draw);
          return decision.kind === 'exhausted' || (decision.delayMs >= 0 && decision.delayMs <= HOUR);
        },
      ),
    );
  });
});

describe('the retry policy of CzechIdM', () => {
  it('waits 2 min, 5 min, 20 min, 2 h and 12 h, and ends with the sixth failure', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((attempts) =>
      decideRetry(RETRY_POLICIES.czechidm, { attempts, failingForMs: 0 }, 0.5),
    );
    expect(delays.map((one) => (one.kind === 'again' ? one.delayMs / 1_000 : one.kind))).toEqual([
      120,
      300,
      1_200,
      7_200,
      43_200,
      'exhausted',
    ]);
  });
});
