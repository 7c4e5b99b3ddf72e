import { describe, expect, it } from '@jest/globals';
import { instantText, relativeTime } from './relative-time.js';

const NOW = Date.parse('2027-01-05T09:13:08.000Z');

describe('relativeTime', () => {
  it.each([
    [12_000, 'in 12 s'],
    [-3_000, '3 s ago'],
    [999, 'now'],
    [-999, 'now'],
    [89_000, 'in 89 s'],
    [90_000, 'in 1 min'],
    [89 * 60_000, 'in 89 min'],
    [-5 * 3_600_000, '5 h ago'],
    [36 * 3_600_000, 'in 1 d'],
    [-400 * 86_400_000, '400 d ago'],
  ])('says %d ms as “%s”', (distance, words) => {
    expect(relativeTime(NOW + distance, NOW)).toBe(words);
  });
});

describe('instantText', () => {
  it.each([
    ['2027-01-05T09:13:20.000Z', '2027-01-05 09:13:20Z (in 12 s)'],
    ['2027-01-05T09:13:08Z', '2027-01-05 09:13:08Z (now)'],
    [null, '-'],
    [undefined, '-'],
    ['soon', 'soon'],
  ])('shows %p as “%s”', (value, shown) => {
    expect(instantText(value, NOW)).toBe(shown);
  });
});
