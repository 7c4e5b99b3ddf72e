// The lines of the journal: what a write left behind, not what it asked for, so that replaying is plain.
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { formatRdn, parseRdn } from '../schema/dn.js';
import type { AttributeType, Schema } from '../schema/schema.js';
import { entryAttribute, withAttribute } from './entry.js';
import type { Entry, EntryAttribute } from './entry.js';
import type { DirectoryTree, Node } from './tree.js';

const Value = z.union([z.string(), z.strictObject({ base64: z.string() })]);
const TreeRecord = z.union([
  z.strictObject({
    put: z.uuid(),
    /** Absent: the topmost entry. */
    parent: z.uuid().optional(),
    rdn: z.string(),
    /** The attributes that changed, whole; without values: removed. */
    set: z.record(z.string(), z.array(Value)),
  }),
  z.strictObject({ remove: z.uuid() }),
]);

/** One line of the journal. */
export type TreeRecord = z.infer<typeof TreeRecord>;

/** The difference between an entry as it was (none for a new one) and as the node has it now. */
export function putRecord(node: Node, before?: Entry): TreeRecord {
  const set: Record<string, z.infer<typeof Value>[]> = {};
  for (const [name, attribute] of node.entry) {
    if (before?.get(name) !== attribute) set[name] = attribute.values.map(toValue);
  }
  for (const name of before?.keys() ?? []) if (!node.entry.has(name)) set[name] = [];
  const { uuid, parent, rdn } = node;
  return { put: uuid, rdn: formatRdn(rdn), set, ...(parent === undefined ? {} : { parent: parent.uuid }) };
}

export function removeRecord(node: Node): TreeRecord {
  return { remove: node.uuid };
}

/** Every entry as one record, parents first. */
export function* snapshot(tree: DirectoryTree): Generator<TreeRecord> {
  for (const node of tree.all()) yield putRecord(node);
}

/** Replays one line. Throws when it is none or does not fit the tree so far. */
export function replay(tree: DirectoryTree, line: unknown): void {
  const record = TreeRecord.parse(line);
  if ('remove' in record) {
    tree.remove(existing(tree, record.remove));
    return;
  }
  const rdn = parseRdn(record.rdn);
  if (rdn === undefined) throw new Error(`${record.rdn} is not a relative name`);
  const parent = record.parent === undefined ? undefined : existing(tree, record.parent);
  const before: Entry = tree.byUuid(record.put)?.entry ?? new Map<string, EntryAttribute>();
  const entry = Object.entries(record.set).reduce(
    (changed, [name, values]) =>
      withAttribute(changed, entryAttribute(tree.schema, known(tree.schema, name), values.map(fromValue))),
    before,
  );
  tree.put(record.put, parent, rdn, entry);
}

function existing(tree: DirectoryTree, uuid: string): Node {
  const node = tree.byUuid(uuid);
  if (node === undefined) throw new Error(`it refers to the entry ${uuid}, which is not there`);
  return node;
}

function known(schema: Schema, name: string): AttributeType {
  const type = schema.attribute(name);
  if (type === undefined) throw new Error(`it has the attribute ${name}, which the schema does not know`);
  return type;
}

function toValue(value: Buffer): z.infer<typeof Value> {
  return isUtf8(value) ? value.toString() : { base64: value.toString('base64') };
}

function fromValue(value: z.infer<typeof Value>): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');
}
