import { describe, expect, it } from '@jest/globals';
import { Refusal } from './cli-error.js';
import { errorText, exitCodeOf } from './error-text.js';

const style = {
  width: undefined,
  now: Date.parse('2027-01-05T09:00:00.400Z'),
  paint: (_: unknown, text: string) => text,
};

function refusal(status: number, retryAfter?: number): Refusal {
  const problem = { type: '', title: 'Too many', status, detail: 'Wait.', instance: 'r1', errors: [] };
  return new Refusal(problem, retryAfter, problem);
}

describe('a refusal', () => {
  it('says when to try again', () => {
    expect(errorText(refusal(429, 30), style)).toBe(
      'Too many (429)\nWait.\nTry again at 2027-01-05 09:00:30Z (in 30 s).',
    );
    expect(errorText(refusal(429, 7_200), style)).toContain('2027-01-05 11:00:00Z (in 2 h)');
    expect(errorText(refusal(429), style)).not.toContain('Try again');
  });

  it('has an exit code by what it means', () => {
    expect([401, 403, 429, 503].map((status) => exitCodeOf(refusal(status)))).toEqual([3, 1, 1, 1]);
  });
});
