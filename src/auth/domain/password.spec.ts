import { describe, expect, it } from '@jest/globals';
import { findPasswordFault, normalizePassword } from './password.js';

describe('findPasswordFault', () => {
  it.each([
    ['twelve characters', 'abcdefghijkl'],
    ['spaces inside', 'four words with blanks'],
    ['characters outside the basic plane, counted once', '🔑'.repeat(12)],
    ['256 characters', 'x'.repeat(256)],
  ])('accepts %s', (_, password) => {
    expect(findPasswordFault(password)).toBeUndefined();
  });

  it.each([
    ['nothing', '', 'must not be blank'],
    ['only blanks of any kind', ' \t\u00a0\u2003'.repeat(5), 'must not be blank'],
    ['eleven characters', 'abcdefghijk', 'must have at least 12 characters (it has 11)'],
    [
      'six characters that UTF-16 counts twice',
      '🔑'.repeat(6),
      'must have at least 12 characters (it has 6)',
    ],
    [
      'letters with separate accents, counted composed',
      'e\u0301'.repeat(11),
      'at least 12 characters (it has 11)',
    ],
    ['257 characters', 'x'.repeat(257), 'must have at most 256 characters (it has 257)'],
    ['half a surrogate pair', `abcdefghijkl\ud83d`, 'must be well-formed Unicode'],
  ])('refuses %s', (_, password, fault) => {
    expect(findPasswordFault(password)).toContain(fault);
  });
});

describe('normalizePassword', () => {
  it('gives composed and decomposed accents the same form', () => {
    expect(normalizePassword('e\u0301')).toBe(normalizePassword('\u00e9'));
  });

  it('keeps letters that only look alike apart', () => {
    expect(normalizePassword('\ufb01')).not.toBe(normalizePassword('fi'));
  });
});
