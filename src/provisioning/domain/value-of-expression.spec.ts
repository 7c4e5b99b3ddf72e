import { describe, expect, it } from '@jest/globals';
import { toValues } from './value-of-expression.js';

const booleans = ['FALSE', 'TRUE'] as const;

describe('the result of an expression', () => {
  it.each([
    ['text', 'Anna', ['Anna']],
    ['nothing', null, []],
    ['empty text', '', []],
    ['a truth', true, ['TRUE']],
    ['a falsehood', false, ['FALSE']],
    ['a number', 42, ['42']],
    ['a large integer', 9_007_199_254_740_993n, ['9007199254740993']],
    ['a time', new Date('2027-01-05T09:00:00Z'), ['2027-01-05T09:00:00.000Z']],
    ['a list with gaps and repeats', ['b', null, 'a', 'b', ''], ['b', 'a']],
    ['nested lists', [['a'], ['b', ['c']]], ['a', 'b', 'c']],
    ['an attachment', { sha256: 'ab', sizeBytes: 2, mediaType: 'image/jpeg' }, [{ attachment: 'ab' }]],
  ])('gives values for %s', (_name, result, values) => {
    expect(toValues(result, booleans)).toEqual({ ok: true, values });
  });

  it.each([[{ a: 1 }], [['a', { b: 2 }]]])('is refused when it is a map (%j)', (result) => {
    expect(toValues(result, booleans).ok).toBe(false);
  });
});
