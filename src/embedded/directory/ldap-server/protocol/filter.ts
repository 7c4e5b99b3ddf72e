// A search filter as it arrives (RFC 4511 §4.5.1.7): names and values are not yet understood.
import { BerError, BerReader, Tag, toText } from './ber.js';

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'present'; readonly attribute: string }
  | { readonly kind: ComparisonKind; readonly attribute: string; readonly value: Buffer }
  | {
      readonly kind: 'substring';
      readonly attribute: string;
      readonly initial?: Buffer;
      readonly any: readonly Buffer[];
      readonly final?: Buffer;
    }
  /** Not evaluated by this server: Undefined, as for an unknown matching rule. */
  | { readonly kind: 'extensible' };

export type ComparisonKind = 'equal' | 'greater-or-equal' | 'less-or-equal' | 'approximate';

const FilterTag = {
  and: 0xa0,
  or: 0xa1,
  not: 0xa2,
  equal: 0xa3,
  substring: 0xa4,
  greaterOrEqual: 0xa5,
  lessOrEqual: 0xa6,
  present: 0x87,
  approximate: 0xa8,
  extensible: 0xa9,
} as const;

const comparisons: ReadonlyMap<number, ComparisonKind> = new Map([
  [FilterTag.equal, 'equal'],
  [FilterTag.greaterOrEqual, 'greater-or-equal'],
  [FilterTag.lessOrEqual, 'less-or-equal'],
  [FilterTag.approximate, 'approximate'],
]);

/** Deeper filters are refused: each level costs stack. */
const DEEPEST = 100;

/** Reads the next element as a filter; throws `BerError`. */
export function readFilter(reader: BerReader, depth = 0): Filter {
  if (depth > DEEPEST) throw new BerError(`A filter nested deeper than ${DEEPEST} levels`);
  const { tag, content } = reader.next();
  const inner = new BerReader(content);
  const comparison = comparisons.get(tag);
  if (comparison !== undefined) return { kind: comparison, attribute: inner.text(), value: inner.octets() };
  switch (tag) {
    case FilterTag.and:
      return { kind: 'and', parts: readParts(inner, depth) };
    case FilterTag.or:
      return { kind: 'or', parts: readParts(inner, depth) };
    case FilterTag.not:
      return { kind: 'not', part: readFilter(inner, depth + 1) };
    case FilterTag.present:
      return { kind: 'present', attribute: toText(content) };
    case FilterTag.substring:
      return readSubstring(inner);
    case FilterTag.extensible:
      return { kind: 'extensible' };
    default:
      throw new BerError('An unknown kind of filter');
  }
}

function readParts(reader: BerReader, depth: number): Filter[] {
  const parts: Filter[] = [];
  while (!reader.done) parts.push(readFilter(reader, depth + 1));
  return parts;
}

function readSubstring(reader: BerReader): Filter {
  const attribute = reader.text();
  const pieces = reader.enter(Tag.sequence);
  const initial = pieces.optional(0x80);
  const any: Buffer[] = [];
  for (let piece = pieces.optional(0x81); piece !== undefined; piece = pieces.optional(0x81)) any.push(piece);
  const final = pieces.optional(0x82);
  if (!pieces.done) throw new BerError('The pieces of a substring filter are out of order');
  return {
    kind: 'substring',
    attribute,
    any,
    ...(initial === undefined ? {} : { initial }),
    ...(final === undefined ? {} : { final }),
  };
}
