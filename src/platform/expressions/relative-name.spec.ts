import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { toRelativeName } from './relative-name.js';

describe('a relative distinguished name', () => {
  it.each([
    ['Ada Lovelace', 'cn=Ada Lovelace'],
    ['Smith, John', 'cn=Smith\\, John'],
    ['a"b+c;d<e>f\\g=h', 'cn=a\\"b\\+c\\;d\\<e\\>f\\\\g\\=h'],
    [' both ', 'cn=\\ both\\ '],
    [' ', 'cn=\\ '],
    ['#1 #2', 'cn=\\#1 #2'],
    ['Žofie 李', 'cn=Žofie 李'],
  ])('escapes %j', (value, name) => {
    expect(toRelativeName('cn', value)).toBe(name);
  });

  it('can be read back to the same value, and no value adds a part to the name', () => {
    const value = fc.string({ unit: fc.constantFrom(...' #,+"\\;<>=ab1\n'.split('')), minLength: 1 });
    fc.assert(
      fc.property(value, (text) => {
        const escaped = toRelativeName('cn', text).slice('cn='.length);
        expect(escaped.replace(/\\(.)/gsu, '$1')).toBe(text);
        expect(escaped.replace(/\\./gsu, '_')).not.toMatch(/[,+"\\;<>=]|^[ #]| $/u);
      }),
    );
  });

  it.each(['', '1cn', 'c n', 'cn=x,ou', 'cn;lang-de', 'c\0n', '2.'])(
    'refuses the attribute %j',
    (attribute) => {
      expect(() => toRelativeName(attribute, 'x')).toThrow(/is not an attribute name/u);
    },
  );

  it('accepts an OID', () => {
    expect(toRelativeName('2.5.4.3', 'x')).toBe('2.5.4.3=x');
  });

  it('refuses an empty value and a NUL', () => {
    expect(() => toRelativeName('cn', '')).toThrow(/is empty/u);
    expect(() => toRelativeName('cn', 'a\0b')).toThrow(/NUL/u);
  });
});
