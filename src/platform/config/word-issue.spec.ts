import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { wordIssue } from './word-issue.js';

const wordsOf = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, { error: wordIssue }).error?.issues[0]?.message;

describe('a fault', () => {
  it.each<[string, z.ZodType, unknown]>([
    ['is missing', z.string(), undefined],
    ['is missing', z.enum(['a', 'b']), undefined],
    ['must be text', z.string(), 7],
    ['must be a number', z.coerce.number(), 'http'],
    ['must be a whole number', z.int(), 1.5],
    ['must be an object', z.strictObject({}), null],
    ['must be a list', z.array(z.string()), {}],
    ['must be true or false', z.boolean(), 'yes'],
    ['must be "a", "b" or "c"', z.enum(['a', 'b', 'c']), 'd'],
    ['must be true', z.literal(true), false],
    ['must be at most 200', z.number().max(200), 201],
    ['must be at least 1', z.number().min(1), 0],
    ['must be less than 3', z.number().lt(3), 3],
    ['must have at least 1 character', z.string().min(1), ''],
    ['must have exactly 2 items', z.array(z.int()).length(2), [1]],
    ['must be a multiple of 5', z.number().multipleOf(5), 6],
    ['must be a date and time in UTC such as 2026-01-31T12:00:00Z', z.iso.datetime(), 'today'],
    ['must be a URL', z.url(), 'x'],
    ['must begin with "ab"', z.string().startsWith('ab'), 'x'],
    ['must match /^x$/', z.string().regex(/^x$/), 'y'],
    [
      'fits none of the possible forms: must be text; or must be a list',
      z.union([z.string(), z.array(z.int())]),
      1,
    ],
    [
      'must be "a" or "b"',
      z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]),
      { kind: 'c' },
    ],
    ['is not known here. Did you mean config?', z.strictObject({ config: z.int().optional() }), { confg: 1 }],
    ['is not known here (known: config)', z.strictObject({ config: z.int().optional() }), { secret: 1 }],
    ['is not known here', z.strictObject({}), { secret: 1 }],
    ['is not valid', z.string().refine(() => false), 'x'],
  ])('%s', (words, schema, value) => {
    expect(wordsOf(schema, value)).toBe(words);
  });

  it('keeps the words that its schema has', () => {
    expect(wordsOf(z.string('must be a name').min(2, 'must be longer'), 'x')).toBe('must be longer');
    expect(wordsOf(z.enum(['a'], { error: 'must be a, spelled so' }), 'A')).toBe('must be a, spelled so');
  });

  it('has a line for each unknown key', () => {
    expect(wordsOf(z.strictObject({ config: z.int().optional() }), { confg: 1, cnfig: 1 })).toBe(
      'is not known here. Did you mean config?\nis not known here. Did you mean config?',
    );
  });
});
