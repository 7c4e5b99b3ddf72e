import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { formatDn, parseDn, parseRdn } from './dn.js';

/** A name as pairs of texts. */
function read(text: string): [string, string][][] | undefined {
  return parseDn(text)?.map((rdn) => rdn.map(({ type, value }) => [type, value.toString()]));
}

describe('parseDn', () => {
  it.each<[string, [string, string][][]]>([
    ['', []],
    ['  ', []],
    ['cn=a', [[['cn', 'a']]]],
    [' cn = a b , dc = x ', [[['cn', 'a b']], [['dc', 'x']]]],
    [
      'cn=a+sn=b,dc=x',
      [
        [
          ['cn', 'a'],
          ['sn', 'b'],
        ],
        [['dc', 'x']],
      ],
    ],
    ['2.5.4.3=a', [[['2.5.4.3', 'a']]]],
    ['cn=\\,\\+\\"\\\\\\<\\>\\;\\=\\#\\ ', [[['cn', ',+"\\<>;=# ']]]],
    ['cn=\\ a\\ ', [[['cn', ' a ']]]],
    ['cn=a\\20 ', [[['cn', 'a ']]]],
    ['cn=\\C5\\beofie', [[['cn', 'žofie']]]],
    ['cn=a=b#c', [[['cn', 'a=b#c']]]],
    ['cn=李😀', [[['cn', '李😀']]]],
    ['cn="a, b+c ",dc=x', [[['cn', 'a, b+c ']], [['dc', 'x']]]],
    ['cn="\\"q\\"" ;dc=x', [[['cn', '"q"']], [['dc', 'x']]]],
    ['cn=', [[['cn', '']]]],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    'cn',
    '=a',
    'cn=a,',
    ',cn=a',
    'cn=a,,dc=x',
    'cn=a+',
    'cn=a\\',
    'cn=a\\g',
    'cn="a',
    'cn="a"b',
    'cn=a"b',
    'cn=a<b',
    'cn=#04',
    '1cn=a',
    'c n=a',
    'cn=a\0b',
    'č=a',
  ])('takes %j for no name', (text) => {
    expect(parseDn(text)).toBeUndefined();
  });

  it('reads its own spelling of any value', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1, maxLength: 3 }), (values) => {
        const name = values.map((value) => [{ type: 'cn', value: Buffer.from(value) }]);
        expect(parseDn(formatDn(name))).toEqual(name);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const name = [[{ type: 'cn', value: Buffer.from(text) }]];
        expect(parseDn(formatDn(name))).toEqual(name);
      }),
    );
  });
});

describe('formatDn', () => {
  it.each([
    [' a ', 'cn=\\20a\\20'],
    [' ', 'cn=\\20'],
    ['#a#', 'cn=\\23a#'],
    ['a, b', 'cn=a\\2C b'],
    ['ž', 'cn=ž'],
  ])('escapes %j as hexadecimal pairs', (value, expected) => {
    expect(formatDn([[{ type: 'cn', value: Buffer.from(value) }]])).toBe(expected);
  });
});

describe('parseRdn', () => {
  it('takes one relative name, not none and not two', () => {
    expect(parseRdn('cn=a+sn=b')).toHaveLength(2);
    expect(parseRdn('')).toBeUndefined();
    expect(parseRdn('cn=a,dc=x')).toBeUndefined();
  });
});
