// An entry: attributes with their values. Immutable, so that a change is made whole or not at all.
import type { AttributeType, Schema } from '../schema/schema.js';

/** One attribute of one entry. */
export interface EntryAttribute {
  readonly type: AttributeType;
  readonly values: readonly Buffer[];
  /** For each value the text that equal values share; undefined when the type cannot be compared. */
  readonly keys: readonly string[] | undefined;
}

/** By the name of the type. */
export type Entry = ReadonlyMap<string, EntryAttribute>;

/** Values of a type, with the texts by which they are compared. */
export function entryAttribute(
  schema: Schema,
  type: AttributeType,
  values: readonly Buffer[],
): EntryAttribute {
  if (type.equality === undefined) return { type, values, keys: undefined };
  // A value that reached an entry had its syntax checked; the fallback only keeps this total.
  return { type, values, keys: values.map((value) => schema.keyOf(type, value) ?? value.toString('latin1')) };
}

/** The entry with this attribute set; without it when there are no values. */
export function withAttribute(entry: Entry, attribute: EntryAttribute): Entry {
  const changed = new Map(entry);
  if (attribute.values.length > 0) changed.set(attribute.type.name, attribute);
  else changed.delete(attribute.type.name);
  return changed;
}

export function textsOf(entry: Entry, name: string): string[] {
  return entry.get(name)?.values.map((value) => value.toString()) ?? [];
}
