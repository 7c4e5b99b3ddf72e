// The benchmarks say what they say by a little arithmetic, and end by themselves when the command is wrong.
import { describe, expect, it } from '@jest/globals';
import { readArguments, UsageError } from '../../bench/harness/arguments.js';
import { type Bench, judged } from '../../bench/harness/bench.js';
import { cpuBeyond } from '../../bench/harness/rounds.js';
import { mannWhitney, median, quantile, quartiles } from '../../bench/harness/statistics.js';

const LEFT = [19, 22, 16, 29, 24, 21, 20, 18, 25, 23, 17, 28, 26, 30, 15, 14, 31, 27, 22, 24];
const RIGHT = [20, 11, 17, 12, 14, 13, 15, 18, 10, 16, 19, 21, 22, 9, 8, 23, 12, 14, 16, 20];

describe('the statistics of the benchmarks', () => {
  it('take the middle of an odd and of an even count, and quartiles between neighbours', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quartiles([1, 2, 3, 4, 5])).toEqual([2, 4]);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
  });

  it('test two samples by Mann and Whitney as other programs do, ties included', () => {
    // Reference: scipy.stats.mannwhitneyu(…, method='asymptotic') 1.x.
    const { u, p } = mannWhitney(LEFT, RIGHT);
    expect(u).toBe(339);
    expect(p).toBeCloseTo(0.000176368, 6);
    expect(mannWhitney(RIGHT, LEFT)).toEqual({ u: LEFT.length * RIGHT.length - u, p });
  });

  it('find no difference between a sample and itself, and the one between a sample and a shifted one', () => {
    const sample = Array.from({ length: 1_000 }, (_, index) => 20 + Math.sin(index) * 3);
    expect(mannWhitney(sample, sample).p).toBeCloseTo(1);
    expect(mannWhitney([1, 1, 1], [1, 1, 1]).p).toBe(1);
    expect(
      mannWhitney(
        sample,
        sample.map((value) => value + 0.5),
      ).p,
    ).toBeLessThan(0.001);
  });

  it('take the difference of two variants round by round', () => {
    const row = (variant: string, round: number, cpuMs: number) => ({
      variant,
      round,
      items: 10,
      wallMs: 0,
      cpuMs,
    });
    const rows = [row('base', 1, 10), row('more', 1, 30), row('more', 2, 50), row('base', 2, 20)];
    expect(cpuBeyond(rows, 'more', 'base')).toEqual([2, 3]);
  });

  it('call a figure met when it keeps its bound, and never when it is no number', () => {
    const figure = { name: 'x', unit: 'ms' };
    expect(judged({ ...figure, value: 1, atMost: 1 }).isMet).toBe(true);
    expect(judged({ ...figure, value: 1.1, atMost: 1 }).isMet).toBe(false);
    expect(judged({ ...figure, value: 0.9, atLeast: 0.95 }).isMet).toBe(false);
    expect(judged({ ...figure, value: NaN, atMost: 1 }).isMet).toBe(false);
    expect(judged({ ...figure, value: 7 })).not.toHaveProperty('isMet');
  });
});

describe('npm run bench', () => {
  const bench: Bench = { sentence: 'What it answers.', seconds: 60, run: () => Promise.reject(new Error()) };
  const catalogue = { one: bench };

  it('takes a name and numbers, and otherwise what the benchmark says', () => {
    expect(readArguments(['one', '--rounds', '3'], catalogue)).toMatchObject({
      name: 'one',
      options: { seconds: 60, rounds: 3 },
    });
  });

  it.each([
    [[]],
    [['other']],
    [['toString']],
    [['one', 'two']],
    [['one', '--secs', '3']],
    [['one', '--seconds', '0']],
  ])('says what there is when the command is %j', (args: string[]) => {
    expect(() => readArguments(args, catalogue)).toThrow(UsageError);
    expect(() => readArguments(args, catalogue)).toThrow('one  What it answers.');
  });
});
