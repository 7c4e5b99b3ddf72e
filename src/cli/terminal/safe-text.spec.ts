import { describe, expect, it } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { safeJson, safeText } from './safe-text.js';

describe('safeText', () => {
  it.each([
    ['a title of the terminal', '\u001b]0;owned\u0007', String.raw`\x1b]0;owned\x07`],
    ['an 8-bit sequence', '\u009b31m', String.raw`\x9b31m`],
    ['a second line', 'anna\r\nroot', String.raw`anna\x0d\nroot`],
    ['a line separator', 'a\u2028b', String.raw`a\u{2028}b`],
    ['a reordered line', 'a\u202eb', String.raw`a\u{202e}b`],
    ['an invisible character', 'ad\u200bmin', String.raw`ad\u{200b}min`],
    ['half a surrogate pair', 'a\ud83d', String.raw`a\u{d83d}`],
    ['NUL and DEL', '\u0000\u007f', String.raw`\x00\x7f`],
  ])('writes out %s', (_, hostile, shown) => {
    expect(safeText(hostile)).toBe(shown);
  });

  it.each(['Nová', '王小明', 'نی‌نی', 'क्‍ष', '👩‍🔬', 'a  b'])('leaves %s as it is', (name) => {
    expect(safeText(name)).toBe(name);
  });
});

describe('any text', () => {
  it('becomes one line without anything a terminal obeys, and the same value as JSON', () => {
    const obeyed = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(safeText(text)).not.toMatch(obeyed);
        expect(safeJson(text)).not.toMatch(obeyed);
        expect(JSON.parse(safeJson(text))).toBe(text);
      }),
    );
  });
});

describe('safeJson', () => {
  it('is the same value without anything a terminal obeys', () => {
    const value = { name: '\u001b[31m\u009b\u202e\u{e0041}\ud83d', list: ['王', 1, null, true] };
    const text = safeJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toContain(String.raw`\u009b\u202e\udb40\udc41\ud83d`);
  });
});
