import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Evaluation } from './evaluation.js';
import type { ExpressionValue } from './expression-value.js';

const evaluation = new Evaluation();

function verdictOf(source: string, variables: Record<string, ExpressionValue> = {}) {
  const [verdict] = evaluation.evaluateAll([source], variables);
  if (!verdict) throw new Error('no verdict');
  return verdict;
}

function valueOf(source: string, variables: Record<string, ExpressionValue> = {}): ExpressionValue {
  const verdict = verdictOf(source, variables);
  if (!verdict.ok) throw new Error(verdict.problem);
  return verdict.value;
}

function problemOf(source: string, variables: Record<string, ExpressionValue> = {}): string {
  const verdict = verdictOf(source, variables);
  return verdict.ok ? 'no problem' : verdict.problem;
}

describe('values on their way in and out', () => {
  it.each<[ExpressionValue]>([
    [null],
    [true],
    [0],
    [-1.5],
    [Number.MAX_SAFE_INTEGER],
    [2n ** 63n - 1n],
    ['Žofie 😀\0'],
    [new Uint8Array([0, 255])],
    [new Date('2030-01-31T23:30:00.123Z')],
    [[1, ['a', null]]],
  ])('come back as they went in: %p', (value) => {
    expect(valueOf('x', { x: value })).toEqual(value);
  });

  it('counts whole numbers as integers and the others as decimals', () => {
    expect(valueOf('x + 1', { x: 41 })).toBe(42);
    expect(valueOf('x * 2.0', { x: 1.5 })).toBe(3);
    expect(valueOf('x + 1', { x: Number.MAX_SAFE_INTEGER })).toBe(2n ** 53n);
    expect(valueOf('5u')).toBe(5);
  });

  it('gives maps without a prototype', () => {
    const value = valueOf("{'a': {'b': 1}}");
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect({ ...(value as object) }).toEqual({ a: { b: 1 } });
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s on both ways', (key) => {
    const hostile = JSON.parse(`{"x": [{"${key}": {"polluted": true}}]}`) as Record<string, ExpressionValue>;
    expect(problemOf('1', { form: hostile })).toBe(
      `The key “${key}” is not allowed (form.x[0].${key}). Rename it.`,
    );
    expect(problemOf(`{'${key}': {'polluted': true}}`)).toMatch(/is not allowed/u);
    expect(problemOf(`form.${key}`, { form: {} })).toMatch(/There is no value/u);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('does not find inherited names', () => {
    expect(problemOf('constructor')).toMatch(/This variable is not given/u);
    expect(problemOf('toString')).toMatch(/This variable is not given/u);
    expect(problemOf('form.toString', { form: {} })).toMatch(/There is no value/u);
  });

  it.each<[string, unknown]>([
    ['x is of a kind (undefined)', undefined],
    ['x is of a kind (function)', () => 1],
    ['x is of a kind that', new Map([['a', 1]])],
    ['x is not a valid time', new Date(Number.NaN)],
    ['x does not fit into 64 bits', 2n ** 63n],
    ['nested more than 32 levels', Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], 1)],
  ])('refuses a variable when %s', (problem, value) => {
    expect(problemOf('1', { x: value as ExpressionValue })).toContain(problem);
  });

  it('refuses a value that contains itself', () => {
    const circle: ExpressionValue[] = [];
    circle.push(circle);
    expect(problemOf('1', { circle })).toMatch(/nested more than 32 levels/u);
  });

  it.each([
    ["duration('1h')", /duration, which no system can store/u],
    ['type(1)', /a type and not a value/u],
    ['{1: 2}', /keys that are not text/u],
    ['0.0 / 0.0', /not a number/u],
    ["'😀'.substring(0, 1)", /half a character/u],
    [
      "['aaaaaaaaaaaaaaaa'].map(x, x+x)" + '.map(x, x+x)'.repeat(11) + '.map(x, [x, x])',
      /larger than 65536 bytes/u,
    ],
  ])('refuses the result of %s', (source, problem) => {
    expect(problemOf(source)).toMatch(problem);
  });
});

describe('absent values', () => {
  const variables = { identity: { title: null, login: 'ada' }, form: {} };

  it('are told by has, whether null or not there', () => {
    expect(valueOf('[has(identity.login), has(identity.title), has(form.phone)]', variables)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are replaced by default, at any depth', () => {
    expect(valueOf("default(identity.title, '-')", variables)).toBe('-');
    expect(valueOf("default(form.address.city, '-')", variables)).toBe('-');
    expect(valueOf("default(identity.title.word, '-')", variables)).toBe('-');
    expect(valueOf("default('', '-') + default(identity.login, '-')", variables)).toBe('-ada');
    expect(valueOf('default([], [1])', variables)).toEqual([1]);
    expect(valueOf('default(0, 1)', variables)).toBe(0);
    expect(valueOf("['a'].map(x, default(form.phone, x))", variables)).toEqual(['a']);
  });

  it('stay absent in ascii, lower, upper and initials', () => {
    expect(valueOf('lower(ascii(identity.title))', variables)).toBeNull();
    expect(valueOf('[upper(null), initials(null)]')).toEqual([null, null]);
  });

  it('are explained where they are used, with the place', () => {
    expect(problemOf("identity.login + ', ' + form.phone", variables)).toBe(
      'Column 30: There is no value “phone”. Write default(path, fallback), or test it with has(path).',
    );
    expect(problemOf('identity.login + identity.title', variables)).toBe(
      'Column 16: “+” does not work on text and nothing (null). A value is missing: write default(value, fallback).',
    );
  });
});

describe('functions for mappings', () => {
  it.each<[string, ExpressionValue]>([
    ["lower('ŽOFIE')", 'žofie'],
    ["upper('žofie')", 'ŽOFIE'],
    ["initials('Ada  Mary King-Noël o’Hara')", 'AMKNO'],
    ["initials('')", ''],
    ["ascii('Žofie')", 'Zofie'],
    ["first(['a', 'b'])", 'a'],
    ['first([])', null],
    ["distinct(['b', 'a', 'b', 1, 1.0, [1], [1], null, null])", ['b', 'a', 1, [1], null]],
    ["sort(['b', 'B', 'a'])", ['B', 'a', 'b']],
    ['sort([3, 1.5, 2])', [1.5, 2, 3]],
    ["['a', 'b'].join(', ')", 'a, b'],
    ["['a', 'b'].join()", 'ab'],
    ["[].join('x')", ''],
    ["'a-b-c'.split('-', 2)", ['a', 'b-c']],
    ["'a-b-c'.split('-', 0)", []],
    ["'a-b-c'.split('-', -1)", ['a', 'b', 'c']],
    ["'aXbXc'.replace('X', '--')", 'a--b--c'],
    ["'aXbXc'.replace('X', '', 1)", 'abXc'],
    ["'aXbXc'.replace('X', '-', 0)", 'aXbXc'],
    ["'aXbXc'.replace('X', '-', -1)", 'a-b-c'],
    ["rdn('cn', 'Smith, J.') + ',dc=example'", 'cn=Smith\\, J.,dc=example'],
    ["int('007')", 7],
    ["int('-9223372036854775808')", -(2n ** 63n)],
    ["double('1.5e3')", 1500],
    ["'%s has %d'.format(['ada', 2])", 'ada has 2'],
    ["bytes('ž')", new Uint8Array([0xc5, 0xbe])],
    ["'ada@example.org'.matches('^[^@]+@[^@]+$')", true],
    ["size('Žofie😀')", 6],
  ])('%s', (source, value) => {
    expect(valueOf(source)).toEqual(value);
  });

  it.each([
    ["int('')", /not a whole number/u],
    ["int('0x10')", /not a whole number/u],
    ["int(' 7')", /not a whole number/u],
    ["int('9223372036854775808')", /not a whole number/u],
    ["uint('-1')", /not a whole number/u],
    ["double('')", /not a number/u],
    ["'a'.replace('', 'b')", /text to look for is empty/u],
    ["[1].join(',')", /not text/u],
    ["sort(['a', 1])", /only texts or only numbers/u],
    ["rdn('cn', '')", /is empty/u],
    ['[1][5]', /There is no element 5/u],
    ['1 / 0', /divide by zero/u],
    ["'a'.matches('(')", /missing closing/u],
    ['unknown(1)', /There is no function “unknown”/u],
    ["'a'.size(1)", /“size” does not work on text and a whole number/u],
  ])('%s is a problem', (source, problem) => {
    expect(problemOf(source)).toMatch(problem);
  });
});

describe('limits', () => {
  const roles = Array.from({ length: 2000 }, (_, at) => `role-${at}`);

  it('stop nested replacements before they are made', () => {
    const bomb = `'aaaaaaaaaaaaaaaaaaaa'${".replace('a', 'aaaaaaaaaaaaaaaaaaaa')".repeat(5)}`;
    expect(bomb.length).toBeLessThan(210);
    expect(problemOf(bomb)).toMatch(/“replace” makes a text longer than 65536/u);
  });

  it('stop lists and texts that double', () => {
    expect(problemOf(`[[1, 2]]${'.map(x, x + x)'.repeat(25)}`)).toMatch(/list grows beyond 2000/u);
    expect(problemOf(`['aa']${'.map(x, x + x)'.repeat(25)}`)).toMatch(/“\+” makes a text longer/u);
    expect(problemOf(`[b'aa']${'.map(x, x + x)'.repeat(25)}`)).toMatch(/“\+” makes a text longer/u);
  });

  it('stop values that are small and endless to walk', () => {
    const shared = `[[0]]${'.map(x, [x, x, x, x])'.repeat(15)}`;
    expect(problemOf(shared)).toMatch(/larger than 65536/u);
    expect(problemOf(`${shared} == [1]`)).toMatch(/more work/u);
    expect(problemOf(`'%s'.format([${shared}])`)).toMatch(/more work/u);
  });

  it('stop loops in loops over long lists, also when || forgives their error', () => {
    expect(problemOf('roles.all(a, roles.all(b, true))', { roles })).toMatch(/more work/u);
    expect(problemOf("roles.exists(a, roles.exists(b, b == '')) || true", { roles })).toMatch(/more work/u);
  });

  it('stop large joins and patterns', () => {
    expect(
      problemOf("roles.join('-'.replace('-', '----------------------------------------'))", { roles }),
    ).toMatch(/“join” makes a text longer/u);
    expect(problemOf("'a'.matches(pattern)", { pattern: '((a{90}){90}){90}' })).toMatch(
      /pattern is too large/u,
    );
  });

  it('leave the next expression its full share', () => {
    const [, next] = evaluation.evaluateAll(['roles.all(a, roles.all(b, true))', 'size(roles.map(r, r))'], {
      roles,
    });
    expect(next).toEqual({ ok: true, value: 2000 });
  });

  it('match in linear time', () => {
    expect(valueOf("t.matches('^(a+)+$')", { t: `${'a'.repeat(30_000)}b` })).toBe(false);
  });

  it('hold for programs from the cache as for new ones', () => {
    const sources = Array.from({ length: 60 }, (_, at) => `x + ${at} //${'.'.repeat(4000)}`);
    for (const round of [1, 2])
      expect(evaluation.evaluateAll(sources, { x: round })).toEqual(
        sources.map((_, at) => ({ ok: true, value: round + at })),
      );
  });
});

it('answers every source and value with a verdict', () => {
  const piece = fc.constantFrom(
    ..."'a' ( ) [ ] { } . + ? : , == in x .map(x, .replace( default( format 1 2.0 null ascii( .size()".split(
      ' ',
    ),
    '__proto__',
    'constructor',
    '\0',
    '\ud800',
  );
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<ExpressionValue>;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), value, (pieces, x) => {
      expect(typeof verdictOf(pieces.join(' '), { x }).ok).toBe('boolean');
    }),
    { numRuns: 500 },
  );
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
