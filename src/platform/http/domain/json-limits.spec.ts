import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, letrec, oneof, property, tuple } from 'fast-check';
import { jsonFault } from './json-limits.js';

const LIMITS = { depth: 4, keys: 6 };
const faultOf = (text: string): unknown => jsonFault(text, LIMITS);

describe('a JSON text', () => {
  it.each([
    ['nothing', ''],
    ['a number', '1'],
    ['as many levels as are allowed', '[[[[1]]]]'],
    ['as many fields as are allowed', '{"a":1,"b":{"c":1,"d":1},"e":[{"f":1}]}'],
    ['the same name in two objects', '[{"a":1},{"a":{"a":1}}]'],
    ['the largest number', '[1.7976931348623157e308,-1.7976931348623157e+308,5e-400,0]'],
    ['a number that is too large as text', '{"1e400":"1e400"}'],
    ['a forbidden name as a value', '{"a":"__proto__","b":["constructor"]}'],
    ['brackets, commas and quotes within strings', String.raw`{"a":"}]{[,\"b\":","c":"\\"}`],
    ['many levels side by side', '[[],[],[],[],[],[[[]]]]'],
  ])('may be %s', (_kind, text) => {
    expect(faultOf(text)).toBeUndefined();
  });

  it.each([
    ['too deep lists', '[[[[[', '/0/0/0/0', 'deeper than 4'],
    ['too deep objects', '{"a":[1,{"b":[{', '/a/1/b/0', 'deeper than 4'],
    ['too many fields', '[{"a":1,"b":1,"c":1},{"a":1,"b":1,"c":1,"d":1}]', '', 'more than 6 fields'],
    ['a name twice', '{"a":1,"b":{"c":1,"c":2}}', '/b/c', 'twice'],
    ['a name twice, once escaped', String.raw`{"a":1,"\u0061":2}`, '/a', 'twice'],
    ['a name twice, apart', '{"a":1,"b":[{"x":[]}],"a":2}', '/a', 'twice'],
    ['a number of infinite size', '{"a":[1,1e400]}', '/a/1', 'too large'],
    ['a negative one', '{"a":{"b":-1.5E+309}}', '/a/b', 'too large'],
    ['one without an exponent', `[${'9'.repeat(400)}]`, '/0', 'too large'],
    ['__proto__', '{"a":[{},{"__proto__":{}}]}', '/a/1/__proto__', 'never accepted'],
    ['__proto__ escaped', String.raw`{"\u005f_proto__":{}}`, '/__proto__', 'never accepted'],
    ['constructor', '{"constructor":1}', '/constructor', 'never accepted'],
    ['prototype', '{"prototype":1}', '/prototype', 'never accepted'],
    ['a name that needs escapes in a pointer', '{"a/b~c":1,"a/b~c":1}', '/a~1b~0c', 'twice'],
  ])('is refused for %s, at its place', (_kind, text, pointer, detail) => {
    expect(faultOf(text)).toEqual({ pointer, detail: expect.stringContaining(detail) });
  });

  it.each(['"', '"\\', '{"a', '{"a":1,"', ']]]', '}', ',,,', '{"\\u00":1}', '{"a":1}}}}{', '[,]', ':"'])(
    'may be broken: that is for the parser to say (%s)',
    (text) => {
      expect(faultOf(text)).toBeUndefined();
      expect(() => JSON.parse(text) as unknown).toThrow();
    },
  );

  it.each([
    ['a megabyte of opened lists', '['.repeat(1_048_576)],
    ['200,000 levels', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['a megabyte of objects in objects', '{"a":'.repeat(200_000)],
    ['a megabyte of fields', `{${Array.from({ length: 100_000 }, (_, n) => `"${n}":0`).join(',')}}`],
  ])('is refused early: %s', (_kind, text) => {
    expect(faultOf(text)).toBeDefined();
  });

  it('has a fault exactly when its value is too deep, too wide or holds a forbidden name', () => {
    const key = constantFrom('a', 'b"', 'c\\', 'constructor', '__proto__', 'é');
    const value = letrec((tie) => ({
      value: oneof(
        { maxDepth: 6 },
        constantFrom(1, null, '"', '{"a":1,"a":1}', '\\'),
        array(tie('value'), { maxLength: 3 }),
        array(tuple(key, tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
      ),
    })).value;
    assert(
      property(value, constantFrom('', ' \n'), (given, blank) => {
        const { depth, keys, isForbidden } = measure(given);
        const isFaulty = depth > LIMITS.depth || keys > LIMITS.keys || isForbidden;
        expect(faultOf(textOf(given, blank)) !== undefined).toBe(isFaulty);
      }),
      { numRuns: 500 },
    );
  });
});

function textOf(value: unknown, blank: string): string {
  if (Array.isArray(value)) return `[${blank}${value.map((item) => textOf(item, blank)).join(`${blank},`)}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const fields = [...value].map(([key, item]) => `${JSON.stringify(key)}${blank}:${textOf(item, blank)}`);
  return `{${fields.join(`,${blank}`)}${blank}}`;
}

interface Measure {
  readonly depth: number;
  readonly keys: number;
  readonly isForbidden: boolean;
}

function measure(value: unknown): Measure {
  if (!Array.isArray(value) && !(value instanceof Map)) return { depth: 0, keys: 0, isForbidden: false };
  const inner = [...value.values()].map(measure);
  const names = value instanceof Map ? [...value.keys()] : [];
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    keys: names.length + inner.reduce((sum, { keys }) => sum + keys, 0),
    isForbidden:
      names.some((name) => name === 'constructor' || name === '__proto__') ||
      inner.some(({ isForbidden }) => isForbidden),
  };
}
