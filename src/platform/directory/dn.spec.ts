import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, record, string } from 'fast-check';
import {
  canonicalDn,
  DnSyntaxError,
  escapeDnValue,
  formatDn,
  isSameDn,
  isSameSpelling,
  isWithin,
  parseDn,
} from './dn.js';

const value = string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed());

describe('a distinguished name', () => {
  it('comes back as it was, whatever its values are', () => {
    const part = record({ type: constantFrom('cn', 'uid', '2.5.4.3'), value });
    const levels = array(array(part, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
    assert(
      property(levels, (parts) => {
        const dn = parts.map((level) => level.map((one) => ({ ...one, isHex: false })));
        expect(parseDn(formatDn(dn))).toEqual(dn);
        expect(canonicalDn(formatDn(dn))).toBe(formatDn(dn));
      }),
    );
  });

  it('escapes control characters byte by byte, also those beyond ASCII', () => {
    expect(escapeDnValue('a\u0000b\u0085')).toBe('a\\00b\\C2\\85');
  });

  it('holds no separator inside a value, and none directly behind a backslash', () => {
    assert(
      property(value, (text) => {
        expect(escapeDnValue(text)).toMatch(/^[^,+"<>;=\p{Cc}]+$/u);
        expect(escapeDnValue(text)).not.toMatch(/\\(?![0-9A-F]{2})/);
        expect(escapeDnValue(text)).not.toMatch(/^[ #]| $/);
      }),
    );
  });

  it.each([
    ['uid=ada , ou = people,dc=org', 'uid=ada,ou=people,dc=org'],
    ['cn=a\\,b\\+c\\"\\\\,dc=org', 'cn=a\\2Cb\\2Bc\\22\\5C,dc=org'],
    ['cn=\\ a \\ ,dc=org', 'cn=\\20a \\20,dc=org'],
    ['cn=L\\C3\\A9a,dc=org', 'cn=Léa,dc=org'],
    ['cn=a\\\\ ,dc=org', 'cn=a\\5C,dc=org'],
    ['cn=a+uid=b,dc=org', 'cn=a+uid=b,dc=org'],
    ['cn=\u205f ,dc=org', 'cn=\u205f,dc=org'],
    ['cn=\u00a0a\u2003,dc=org', 'cn=\u00a0a\u2003,dc=org'],
    ['1.2.3=#0401FF,dc=org', '1.2.3=#0401FF,dc=org'],
    ['', ''],
  ])('is understood in its other spellings: %s', (text, canonical) => {
    expect(canonicalDn(text)).toBe(canonical);
  });

  it.each([
    'ada',
    'uid=',
    'uid=ada,',
    '=ada',
    'uid=ada,,dc=org',
    'u id=ada',
    'uid="ada"',
    'uid=a;dc=org',
    'uid=a\\',
    'uid=a\\x',
    'uid=#4',
    'uid=#zz',
    'cn=\\ff',
  ])('is refused when it is none: %s', (text) => {
    expect(() => parseDn(text)).toThrow(DnSyntaxError);
  });
});

describe('two distinguished names', () => {
  it.each([
    ['UID=Ada, DC=org', 'uid=Ada,dc=org', true, true],
    ['cn=a\\2Cb', 'cn=a\\,b', true, true],
    ['cn=a+uid=b', 'uid=b+cn=a', true, true],
    ['uid=ada', 'uid=Ada', false, true],
    ['cn=a  b', 'cn=A B', false, true],
    ['cn=a,b=c', 'cn=a\\,b=c', false, false],
    ['cn=a', 'cn=a,dc=org', false, false],
    ['no DN', 'no DN', true, true],
    ['no DN', 'no dn', false, false],
  ])('%s and %s', (one, other, isSpelledAlike, isSame) => {
    expect(isSameSpelling(one, other)).toBe(isSpelledAlike);
    expect(isSameDn(one, other)).toBe(isSame);
  });
});

describe('a place beneath a base', () => {
  it.each([
    ['uid=ada,OU=People, dc=Org', 'ou=people,dc=org', true],
    ['ou=people,dc=org', 'ou=people,dc=org', true],
    ['uid=ada,dc=org', 'ou=people,dc=org', false],
    ['uid=ada\\,ou=people\\,dc=org', 'ou=people,dc=org', false],
    ['dc=org', 'ou=people,dc=org', false],
  ])('%s under %s: %s', (dn, base, isBeneath) => {
    expect(isWithin(dn, base)).toBe(isBeneath);
  });
});
