// What add, modify and rename do to the attributes of an entry (RFC 4511 §4.6, §4.7, §4.9; RFC 4525).
// Nothing here changes an entry in place: the result is a new one.
import { LdapFailure, ResultCode } from '../protocol/result.js';
import type { AttributeValues, Change, ChangeKind } from '../protocol/request.js';
import type { NamePart, Rdn } from '../schema/dn.js';
import type { AttributeType, Schema } from '../schema/schema.js';
import { INTEGER } from '../schema/syntax.js';
import { entryAttribute, withAttribute } from './entry.js';
import type { Entry, EntryAttribute } from './entry.js';
import { checkedAttribute, checkSyntax, checkUserModifiable, knownType } from './values.js';

/** The attributes of a new entry; the values of its name are added where they are missing. */
export function newEntry(schema: Schema, attributes: readonly AttributeValues[], rdn: Rdn): Entry {
  const given = attributes.map(({ name, values }) => {
    const attribute = checkedAttribute(schema, name, values);
    if (values.length === 0) {
      throw new LdapFailure(ResultCode.protocolError, 'no values for attribute type');
    }
    return attribute;
  });
  checkUserModifiable(given.map(({ type }) => type));
  const entry = new Map<string, EntryAttribute>();
  for (const { type, values } of given) {
    const all = [...(entry.get(type.name)?.values ?? []), ...values];
    entry.set(type.name, checkedAttribute(schema, type.name, all));
  }
  return withNameValues(schema, entry, rdn);
}

/** Applies the changes in order; throws `LdapFailure` at the first that cannot be. */
export function applyChanges(schema: Schema, entry: Entry, changes: readonly Change[]): Entry {
  const checked = changes.map((change) => ({ kind: change.kind, attribute: readChange(schema, change) }));
  checkUserModifiable(checked.map(({ attribute }) => attribute.type));
  return checked.reduce((changed, { kind, attribute }) => appliers[kind](schema, changed, attribute), entry);
}

type Applier = (schema: Schema, entry: Entry, change: EntryAttribute) => Entry;

const appliers: Readonly<Record<ChangeKind, Applier>> = {
  add: addValues,
  delete: deleteValues,
  replace: (_, entry, change) => withAttribute(entry, change),
  increment,
};

/** The attributes after a rename: the new name's values are there, the old ones gone if so wished. */
export function renamedEntry(
  schema: Schema,
  entry: Entry,
  names: { readonly old: Rdn; readonly new: Rdn; readonly deleteOld: boolean },
): Entry {
  const stays = (part: NamePart): boolean =>
    names.new.some(({ type, value }) => type === part.type && value.equals(part.value));
  const removed = names.deleteOld ? names.old.filter((part) => !stays(part)) : [];
  const kept = removed.reduce((changed, { type: name, value }) => {
    const attribute = changed.get(knownType(schema, name).name);
    const key = attribute && schema.keyOf(attribute.type, value);
    if (attribute === undefined || key === undefined) return changed;
    return withAttribute(changed, without(attribute, [key]));
  }, entry);
  return withNameValues(schema, kept, names.new);
}

function readChange(schema: Schema, { kind, name, values }: Change): EntryAttribute {
  if (kind === 'delete') {
    // The same value named twice is deleted once.
    const type = knownType(schema, name);
    checkSyntax(schema, type, values);
    return entryAttribute(schema, type, values);
  }
  if (kind === 'add' && values.length === 0) {
    throw new LdapFailure(ResultCode.protocolError, 'modify/add operation requires values');
  }
  if (kind === 'increment' && values.length !== 1) {
    const wanted = values.length === 0 ? 'value' : 'single value';
    throw new LdapFailure(ResultCode.protocolError, `modify/increment operation requires ${wanted}`);
  }
  return checkedAttribute(schema, name, values);
}

function addValues(_: Schema, entry: Entry, added: EntryAttribute): Entry {
  const { type, keys } = added;
  const existing = entry.get(type.name);
  if (existing === undefined) return withAttribute(entry, added);
  if (keys === undefined) throw cannotCompare('add', type);
  const present = new Set(existing.keys);
  const repeated = keys.findIndex((key) => present.has(key));
  if (repeated >= 0) {
    const message = `modify/add: ${type.name}: value #${repeated} already exists`;
    throw new LdapFailure(ResultCode.attributeOrValueExists, message);
  }
  return withAttribute(entry, joined(existing, added));
}

function deleteValues(schema: Schema, entry: Entry, { type, values, keys }: EntryAttribute): Entry {
  const existing = entry.get(type.name);
  if (existing === undefined) throw absent('delete', type, 'attribute');
  if (values.length === 0) return withAttribute(entry, entryAttribute(schema, type, []));
  if (keys === undefined) throw cannotCompare('delete', type);
  const present = new Set(existing.keys);
  if (keys.some((key) => !present.has(key))) throw absent('delete', type, 'value');
  return withAttribute(entry, without(existing, keys));
}

function increment(schema: Schema, entry: Entry, { type, values: [step] }: EntryAttribute): Entry {
  if (type.syntax !== INTEGER) {
    const message = `${type.name}: attribute syntax inappropriate for increment`;
    throw new LdapFailure(ResultCode.constraintViolation, message);
  }
  const existing = entry.get(type.name);
  if (existing === undefined) throw absent('increment', type, 'attribute');
  const by = BigInt(step?.toString() ?? 0);
  const raised = existing.values.map((value) => Buffer.from(`${BigInt(value.toString()) + by}`));
  return withAttribute(entry, entryAttribute(schema, type, raised));
}

function withNameValues(schema: Schema, entry: Entry, rdn: Rdn): Entry {
  return rdn.reduce((changed, { type: name, value }) => {
    const type = knownType(schema, name);
    const existing = changed.get(type.name);
    const named = entryAttribute(schema, type, [value]);
    if (existing === undefined) return withAttribute(changed, named);
    const isThere = named.keys?.every((key) => existing.keys?.includes(key)) ?? false;
    return isThere ? changed : withAttribute(changed, joined(existing, named));
  }, entry);
}

function joined({ type, values, keys }: EntryAttribute, more: EntryAttribute): EntryAttribute {
  return { type, values: [...values, ...more.values], keys: keys && [...keys, ...(more.keys ?? [])] };
}

function without({ type, values, keys }: EntryAttribute, removed: readonly string[]): EntryAttribute {
  const gone = new Set(removed);
  const stays = (_: unknown, index: number): boolean => !gone.has(keys?.[index] ?? '');
  return { type, values: values.filter(stays), keys: keys?.filter(stays) };
}

function absent(operation: string, { name }: AttributeType, what: 'attribute' | 'value'): LdapFailure {
  return new LdapFailure(ResultCode.noSuchAttribute, `modify/${operation}: ${name}: no such ${what}`);
}

function cannotCompare(operation: string, { name }: AttributeType): LdapFailure {
  const message = `modify/${operation}: ${name}: no equality matching rule`;
  return new LdapFailure(ResultCode.inappropriateMatching, message);
}
