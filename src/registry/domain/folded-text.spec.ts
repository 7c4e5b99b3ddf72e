import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { foldedText, searchKey } from './folded-text.js';

describe('foldedText', () => {
  it.each([
    ['Anna', 'aNNA'],
    ['ŽOFIE', 'žofie'],
    ['caf\u00e9', 'cafe\u0301'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'straße'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['an\u200bna', 'anna'],
    ['a\u200b\u0301', '\u00e1'],
    ['ana  maria', 'ana\u00a0maria'],
    ['ｗｉｄｅ', 'wide'],
  ])('makes %j and %j the same', (left, right) => {
    expect(foldedText(left)).toBe(foldedText(right));
  });

  it.each([
    ['anna', 'ana'],
    ['jose', 'jos\u00e9'],
    ['محمد', 'محمود'],
    ['王伟', '王偉'],
    ['👩', '👨'],
  ])('keeps %j and %j apart', (left, right) => {
    expect(foldedText(left)).not.toBe(foldedText(right));
  });

  it('is empty for what nobody can see', () => {
    expect(foldedText('\u200b\u2060 \u00ad')).toBe('');
  });

  it('gives the same for every spelling of any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(text, (given) => {
        const folded = foldedText(given);
        expect(foldedText(folded)).toBe(folded);
        expect(foldedText(given.toUpperCase())).toBe(folded);
        expect(foldedText(given.toLowerCase())).toBe(folded);
        expect(foldedText(given.normalize('NFD'))).toBe(folded);
      }),
    );
  });
});

describe('searchKey', () => {
  it('never cuts a character in half', () => {
    const key = searchKey(`${'a'.repeat(199)}👩`);
    expect(key).toBe('a'.repeat(199));
    expect(searchKey('👩'.repeat(150)).isWellFormed()).toBe(true);
  });

  it('stays short for the one character that normalises to eighteen', () => {
    expect(searchKey('\ufdfa'.repeat(128)).length).toBeLessThanOrEqual(200);
  });
});
