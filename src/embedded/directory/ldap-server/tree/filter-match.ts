// Evaluates a search filter on an entry, in the three-valued logic of RFC 4511 §4.5.1.7.
import { decodeUtf8 } from '../protocol/ber.js';
import type { ComparisonKind, Filter } from '../protocol/filter.js';
import { orderingOf, substringPreparation } from '../schema/matching-rule.js';
import type { AttributeType, Schema } from '../schema/schema.js';
import type { EntryAttribute } from './entry.js';

/** Undefined: cannot be told, for instance because the attribute is unknown; its negation neither. */
export type Truth = boolean | undefined;

/** What the asker may see of one attribute of the entry. */
export type AttributeReader = (type: AttributeType) => EntryAttribute | undefined;

export type Matcher = (read: AttributeReader) => Truth;

type Substring = Extract<Filter, { kind: 'substring' }>;

const unknown: Matcher = () => undefined;

/** Resolves names and prepares values once, so that a search can test many entries. */
export function compileFilter(filter: Filter, schema: Schema): Matcher {
  switch (filter.kind) {
    case 'and':
      return all(filter.parts.map((part) => compileFilter(part, schema)));
    case 'or':
      return negate(all(filter.parts.map((part) => negate(compileFilter(part, schema)))));
    case 'not':
      return negate(compileFilter(filter.part, schema));
    case 'present':
      return withType(filter.attribute, schema, (type) => onKeys(type, schema, () => true));
    case 'substring':
      return withType(filter.attribute, schema, (type) => substringMatcher(filter, type, schema));
    case 'extensible':
      return unknown;
    default:
      return withType(filter.attribute, schema, (type) =>
        comparison(filter.kind, type, filter.value, schema),
      );
  }
}

/** Values that every matching entry has, as far as the filter says so plainly. */
export function requiredValues(filter: Filter, schema: Schema): { type: AttributeType; key: string }[] {
  if (filter.kind === 'and') return filter.parts.flatMap((part) => requiredValues(part, schema));
  if (filter.kind !== 'equal') return [];
  const type = schema.attribute(filter.attribute);
  const key = type && schema.keyOf(type, filter.value);
  return type === undefined || key === undefined ? [] : [{ type, key }];
}

function comparison(kind: ComparisonKind, type: AttributeType, value: Buffer, schema: Schema): Matcher {
  const wanted = schema.keyOf(type, value);
  if (wanted === undefined) return unknown;
  if (kind === 'equal' || kind === 'approximate') {
    if (type.name === 'objectClass') return classMatcher(type, wanted, schema);
    return onKeys(type, schema, ({ keys }) => keys?.includes(wanted) ?? false);
  }
  const order = orderingOf(type.ordering);
  if (order === undefined) return unknown;
  const sign = kind === 'greater-or-equal' ? 1 : -1;
  return onKeys(type, schema, ({ keys }) => keys?.some((key) => order(key, wanted) * sign >= 0) ?? false);
}

/** An entry belongs to the superclasses of its classes too. */
function classMatcher(type: AttributeType, oid: string, schema: Schema): Matcher {
  const wanted = schema.objectClass(oid);
  if (wanted === undefined) return unknown;
  return (read) => read(type)?.keys?.some((key) => schema.objectClass(key)?.lineage.has(wanted)) ?? false;
}

function substringMatcher(filter: Substring, type: AttributeType, schema: Schema): Matcher {
  const prepare = substringPreparation(type.substring);
  if (prepare === undefined) return unknown;
  const pieces = [filter.initial, ...filter.any, filter.final].map((piece) =>
    piece === undefined ? '' : decodeUtf8(piece),
  );
  if (pieces.includes(undefined)) return unknown;
  const prepared = pieces.map((piece) => prepare(piece ?? ''));
  // Values carry no space at either end, so neither must the pieces that touch the ends.
  const initial = prepared.shift()?.trimStart() ?? '';
  const final = prepared.pop()?.trimEnd() ?? '';
  return onKeys(
    type,
    schema,
    ({ keys }) => keys?.some((key) => containsInOrder(key, initial, prepared, final)) ?? false,
  );
}

function containsInOrder(text: string, initial: string, any: readonly string[], final: string): boolean {
  if (!text.startsWith(initial)) return false;
  let at = initial.length;
  for (const piece of any) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - final.length >= at && text.endsWith(final);
}

function withType(name: string, schema: Schema, build: (type: AttributeType) => Matcher): Matcher {
  const type = schema.attribute(name);
  return type === undefined ? unknown : build(type);
}

/** True when the test holds for the attribute or one derived from it. */
function onKeys(type: AttributeType, schema: Schema, test: (attribute: EntryAttribute) => boolean): Matcher {
  const types = schema.withSubtypes(type);
  return (read) =>
    types.some((candidate) => {
      const attribute = read(candidate);
      return attribute !== undefined && test(attribute);
    });
}

function all(matchers: readonly Matcher[]): Matcher {
  return (read) => {
    let truth: Truth = true;
    for (const matcher of matchers) {
      const part = matcher(read);
      if (part === false) return false;
      if (part === undefined) truth = undefined;
    }
    return truth;
  };
}

function negate(matcher: Matcher): Matcher {
  return (read) => {
    const truth = matcher(read);
    return truth === undefined ? undefined : !truth;
  };
}
