import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type CatchUp, decideSlots } from './catch-up.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const POLICIES: readonly CatchUp[] = ['skip', 'once', 'all'];

/** A schedule that fires every `period` milliseconds since 1970. */
const every =
  (period: number) =>
  (after: number): number =>
    (Math.floor(after / period) + 1) * period;

/** A schedule that fires at these instants and never after. */
const listed =
  (slots: readonly number[]) =>
  (after: number): number | undefined =>
    slots.find((slot) => slot > after);

function decide(
  catchUp: CatchUp,
  consideredUntil: number,
  now: number,
  next: (after: number) => number | undefined,
  isRunning = false,
) {
  return decideSlots({ catchUp, consideredUntil, now, isRunning }, next);
}

describe('decideSlots', () => {
  it.each(POLICIES)('decides nothing before a time has come (%s)', (catchUp) => {
    expect(decide(catchUp, 0, MINUTE - 1, every(MINUTE))).toBeUndefined();
    expect(decide(catchUp, 0, MINUTE, listed([]))).toBeUndefined();
  });

  it.each(POLICIES)('fires a time that has come, up to a minute late, as what it is (%s)', (catchUp) => {
    for (const late of [0, 1, MINUTE]) {
      expect(decide(catchUp, 0, HOUR + late, every(HOUR))).toEqual({
        fire: [{ slot: HOUR, isCatchUp: false }],
        waits: catchUp === 'all',
        leftOut: 0,
        consideredUntil: HOUR,
      });
    }
  });

  it('does with later ones what the policy says', () => {
    const now = 3 * HOUR + MINUTE + 1;
    expect(decide('skip', 0, now, every(HOUR))).toEqual({
      fire: [],
      waits: false,
      leftOut: 3,
      consideredUntil: 3 * HOUR,
    });
    expect(decide('once', 0, now, every(HOUR))).toEqual({
      fire: [{ slot: 3 * HOUR, isCatchUp: true }],
      waits: true,
      leftOut: 2,
      consideredUntil: 3 * HOUR,
    });
    expect(decide('all', 0, now, every(HOUR))).toEqual({
      fire: [1, 2, 3].map((hours) => ({ slot: hours * HOUR, isCatchUp: true })),
      waits: true,
      leftOut: 0,
      consideredUntil: 3 * HOUR,
    });
  });

  it('lets missed times wait for the end of a run, and with all every time; others are used up', () => {
    const [onTime, late] = [HOUR, 2 * HOUR + MINUTE + 1];
    const isDecided = (catchUp: CatchUp, now: number): boolean =>
      decide(catchUp, 0, now, every(HOUR), true) !== undefined;
    expect(POLICIES.filter((policy) => isDecided(policy, onTime))).toEqual(['skip', 'once']);
    expect(POLICIES.filter((policy) => isDecided(policy, late))).toEqual(['skip']);
  });

  it('puts missed times and one that has just come into one run with once', () => {
    expect(decide('once', 0, 3 * HOUR, every(HOUR))).toMatchObject({
      fire: [{ slot: 3 * HOUR, isCatchUp: true }],
      leftOut: 2,
    });
  });

  it('makes up for one time however long ago it was with once, and for a week with all', () => {
    const [longAgo, lately] = [DAY, 90 * DAY];
    const now = 95 * DAY;
    expect(decide('once', 0, now, listed([longAgo]))).toMatchObject({
      fire: [{ slot: longAgo, isCatchUp: true }],
    });
    expect(decide('all', 0, now, listed([longAgo, lately]))).toEqual({
      fire: [{ slot: lately, isCatchUp: true }],
      waits: true,
      leftOut: 1,
      consideredUntil: lately,
    });
    expect(decide('all', 0, now, listed([longAgo]))).toEqual({
      fire: [],
      waits: true,
      leftOut: 1,
      consideredUntil: longAgo,
    });
  });

  it('makes up for the newest thousand with all and counts the rest, ten thousand at most', () => {
    const missed = (count: number) => decide('all', 0, count * MINUTE, every(MINUTE));
    const decision = missed(5_000);
    expect(decision?.fire).toHaveLength(1_000);
    expect(decision?.fire.at(0)).toEqual({ slot: 4_001 * MINUTE, isCatchUp: true });
    expect(decision?.fire.at(-1)).toEqual({ slot: 5_000 * MINUTE, isCatchUp: false });
    expect(decision?.leftOut).toBe(4_000);
    expect(missed(10_001)?.leftOut).toBe(9_000);
  });

  it('looks at few of very many times', () => {
    for (const catchUp of POLICIES) {
      let looks = 0;
      const next = (after: number): number => {
        looks += 1;
        return every(SECOND)(after);
      };
      decide(catchUp, 0, 365 * DAY, next);
      expect(looks).toBeLessThan(40_000);
    }
  });

  it('goes on from now when the clock was put back by more than a minute', () => {
    expect(decide('all', HOUR, HOUR - MINUTE, every(SECOND))).toBeUndefined();
    expect(decide('all', HOUR, HOUR - MINUTE - 1, every(SECOND))).toEqual({
      fire: [],
      waits: false,
      leftOut: 0,
      consideredUntil: HOUR - MINUTE - 1,
    });
  });

  it('deals with every time exactly once, whenever it is asked', () => {
    const absences = fc.array(fc.integer({ min: 1, max: 40 * MINUTE }), { maxLength: 30 });
    const slots = fc.uniqueArray(fc.integer({ min: 1, max: 10 * 3_600 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...POLICIES), slots, absences, (catchUp, seconds, steps) => {
        const all = seconds.map((second) => second * SECOND).toSorted((left, right) => left - right);
        let [considered, now, leftOut] = [0, 0, 0];
        const fired: number[] = [];
        for (const step of steps) {
          now += step;
          const decision = decide(catchUp, considered, now, listed(all));
          if (decision === undefined) continue;
          fired.push(...decision.fire.map(({ slot }) => slot));
          leftOut += decision.leftOut;
          considered = decision.consideredUntil;
        }
        const come = all.filter((slot) => slot <= now);
        expect(fired).toEqual([...new Set(fired)].toSorted((left, right) => left - right));
        expect(fired.filter((slot) => !come.includes(slot))).toEqual([]);
        expect(fired.length + leftOut).toBe(come.length);
        if (catchUp === 'all') expect(fired).toEqual(come);
      }),
    );
  });

  it('goes on where it was when only the oldest of what was decided has run', () => {
    const now = 5 * HOUR;
    const first = decide('all', 0, now, every(HOUR));
    const rest = decide('all', first?.fire[0]?.slot ?? 0, now, every(HOUR));
    expect(rest?.fire).toEqual(first?.fire.slice(1));
  });
});
