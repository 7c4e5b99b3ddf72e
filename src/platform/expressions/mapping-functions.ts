// What the library of CEL lacks for mappings, and what it gets wrong. Pure: no clock, no randomness, no input or output.
import { isUint8Array } from 'node:util/types';
import {
  celEnv,
  celFunc,
  celList,
  celMethod,
  CelScalar,
  celUint,
  isCelList,
  isCelMap,
  listType,
  type CelFunc,
  type CelList,
  type CelValue,
} from '@bufbuild/cel';
import { measureText, type Fuel } from './fuel.js';
import { toRelativeName } from './relative-name.js';
import { toAscii } from './transliteration.js';

const { BOOL, DOUBLE, DYN, INT, NULL, STRING, UINT } = CelScalar;
const LIST = listType(DYN);

/** The call that every turn of a loop makes (`guard-expression.ts` puts it there), so that it is paid for. */
export const loopTick = '@loop_tick';

export function mappingFunctions(fuel: Fuel): CelFunc[] {
  return [
    celFunc(loopTick, [BOOL], BOOL, (goOn) => goOn),
    ...onText('ascii', toAscii),
    ...onText('lower', (text) => text.toLowerCase()),
    ...onText('upper', (text) => text.toUpperCase()),
    ...onText('initials', (text) => (text.match(/(?<![^\s-])[^\s-]/gu) ?? []).join('').toUpperCase()),
    celFunc('default', [DYN, DYN], DYN, (value, fallback) => (isEmpty(value) ? fallback : value)),
    celFunc('first', [LIST], DYN, (list) => list.get(0) ?? null),
    celFunc('distinct', [LIST], LIST, (list) => celList(distinct(list, fuel))),
    celFunc('sort', [LIST], LIST, (list) => celList(sorted([...list]))),
    celFunc('rdn', [STRING, STRING], STRING, toRelativeName),
    ...bounded,
    ...numbers,
  ];
}

/** Replacements for what builds huge values before they can be measured (or, split, loses what is beyond its limit). */
const bounded: CelFunc[] = [
  celFunc('_+_', [LIST, LIST], LIST, (left, right) => celList([...left, ...right])),
  celMethod('replace', STRING, [STRING, STRING], STRING, function (from, to) {
    return replaced(this, from, to, -1n);
  }),
  celMethod('replace', STRING, [STRING, STRING, INT], STRING, function (from, to, count) {
    return replaced(this, from, to, count);
  }),
  celMethod('split', STRING, [STRING, INT], LIST, function (separator, count) {
    return celList(splitInto(this, separator, count));
  }),
  celMethod('join', LIST, [], STRING, function () {
    return joined(this, '');
  }),
  celMethod('join', LIST, [STRING], STRING, function (separator) {
    return joined(this, separator);
  }),
];

/** Without these an empty text would be the number 0, which is root's uidNumber. */
const numbers: CelFunc[] = [
  celFunc('int', [STRING], INT, (text) => integer(text, -(2n ** 63n), 2n ** 63n - 1n)),
  celFunc('uint', [STRING], UINT, (text) => celUint(integer(text, 0n, 2n ** 64n - 1n))),
  celFunc('double', [STRING], DOUBLE, (text) => {
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text)) return Number(text);
    throw new Error(`The text is not a number. ${whenEmpty}`);
  }),
];

const whenEmpty = 'Use default(value, fallback) when it may be empty.';

function integer(text: string, least: bigint, most: bigint): bigint {
  const value = /^[+-]?\d{1,20}$/u.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value >= least && value <= most) return value;
  throw new Error(`The text is not a whole number of 64 bits. ${whenEmpty}`);
}

/** A function of one text; a value that is absent stays absent. */
function onText(name: string, apply: (text: string) => string): CelFunc[] {
  return [celFunc(name, [STRING], STRING, apply), celFunc(name, [NULL], NULL, () => null)];
}

function isEmpty(value: CelValue): boolean {
  if (value === null || value === '') return true;
  if (isUint8Array(value)) return value.length === 0;
  return (isCelList(value) || isCelMap(value)) && value.size === 0;
}

function replaced(text: string, from: string, to: string, count: bigint): string {
  if (from === '') throw new Error('replace: the text to look for is empty. Give at least one character.');
  const parts = count < 0n ? text.split(from) : splitInto(text, from, count + 1n);
  measureText('replace', text.length + (parts.length - 1) * (to.length - from.length));
  return parts.join(to);
}

/** At most `count` parts, the last one holding the rest; all of them when `count` is negative. */
function splitInto(text: string, separator: string, count: bigint): string[] {
  const parts = text.split(separator);
  if (count < 0n || count >= BigInt(parts.length)) return parts;
  if (count === 0n) return [];
  const whole = Number(count) - 1;
  return [...parts.slice(0, whole), parts.slice(whole).join(separator)];
}

function joined(list: CelList, separator: string): string {
  const parts: string[] = [];
  let length = 0;
  for (const part of list) {
    if (typeof part !== 'string')
      throw new Error('join: the list holds something that is not text. Use string(value) on it.');
    length += part.length + separator.length;
    measureText('join', length);
    parts.push(part);
  }
  return parts.join(separator);
}

function distinct(list: CelList, fuel: Fuel): CelValue[] {
  const texts = new Set<string>();
  const others: CelValue[] = [];
  return [...list].filter((value) => {
    if (typeof value === 'string') {
      if (texts.has(value)) return false;
      texts.add(value);
      return true;
    }
    if (others.some((other) => equal(other, value, fuel))) return false;
    others.push(value);
    return true;
  });
}

const equals = celEnv().funcs.find('_==_');

function equal(left: CelValue, right: CelValue, fuel: Fuel): boolean {
  fuel.spendFor(left);
  return equals?.call(0, undefined, [left, right]) === true;
}

function sorted(list: CelValue[]): CelValue[] {
  if (list.every((value) => typeof value === 'string')) return list.toSorted();
  if (list.every((value) => typeof value === 'number' || typeof value === 'bigint'))
    return list.toSorted((left, right) => (left < right ? -1 : Number(left > right)));
  throw new Error('sort: the list must hold only texts or only numbers. Convert its elements with map.');
}
