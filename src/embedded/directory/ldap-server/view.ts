// What a client sees: the attributes of an entry, those the server computes, and the ones it asked for.
import type { SearchEntry } from './protocol/response.js';
import type { AttributeType, Schema } from './schema/schema.js';
import { maySee } from './access.js';
import type { Identity } from './access.js';
import { entryAttribute } from './tree/entry.js';
import type { Entry, EntryAttribute } from './tree/entry.js';
import type { AttributeReader } from './tree/filter-match.js';
import type { DirectoryTree, Node } from './tree/tree.js';

export const SUBSCHEMA_DN = 'cn=Subschema';

/** An entry as one client may read it. */
export interface VisibleEntry {
  readonly dn: () => string;
  readonly read: AttributeReader;
  /** The types it may have, in the order in which they are answered. */
  readonly types: () => readonly AttributeType[];
}

/** Operational attributes that are not stored (RFC 5020, RFC 4512 §4.2), and how they come about. */
const computed: Readonly<Record<string, (tree: DirectoryTree, node: Node) => string>> = {
  entryDN: (tree, node) => tree.dnOf(node),
  subschemaSubentry: () => SUBSCHEMA_DN,
  hasSubordinates: (_, node) => (node.children.size > 0 ? 'TRUE' : 'FALSE'),
};

/** An entry of the tree; reads it at the moment it is asked. */
export function viewNode(tree: DirectoryTree, node: Node, identity: Identity): VisibleEntry {
  const { schema } = tree;
  const compute = (type: AttributeType): EntryAttribute | undefined => {
    const text = computed[type.name]?.(tree, node);
    return text === undefined ? undefined : textAttribute(schema, type, [text]);
  };
  return {
    dn: () => tree.dnOf(node),
    read: (type) => (maySee(identity, type) ? (node.entry.get(type.name) ?? compute(type)) : undefined),
    types: () => [
      ...typesOf(node.entry),
      ...Object.keys(computed).flatMap((name) => schema.attribute(name) ?? []),
    ],
  };
}

/** An entry outside the tree, without a secret in it. */
export function viewEntry(dn: string, entry: Entry): VisibleEntry {
  return { dn: () => dn, read: (type) => entry.get(type.name), types: () => typesOf(entry) };
}

/** The attributes asked for (RFC 4511 §4.5.1.8): none named or `*` is all of the users', `+` all operational ones. */
export function select(
  schema: Schema,
  visible: VisibleEntry,
  wanted: readonly string[],
  content: 'values' | 'types-only' = 'values',
): SearchEntry {
  const everyUserAttribute = wanted.length === 0 || wanted.includes('*');
  const everyOperational = wanted.includes('+');
  const named = new Set(
    wanted.flatMap((name) => {
      const type = schema.attribute(name);
      return type === undefined ? [] : schema.withSubtypes(type);
    }),
  );
  const attributes = visible.types().flatMap((type) => {
    if (!(type.operational ? everyOperational : everyUserAttribute) && !named.has(type)) return [];
    const attribute = visible.read(type);
    if (attribute === undefined) return [];
    return [{ name: type.name, values: content === 'values' ? attribute.values : [] }];
  });
  return { dn: visible.dn(), attributes };
}

export function textAttribute(schema: Schema, type: AttributeType, texts: readonly string[]): EntryAttribute {
  return entryAttribute(
    schema,
    type,
    texts.map((text) => Buffer.from(text)),
  );
}

function typesOf(entry: Entry): AttributeType[] {
  return [...entry.values()].map(({ type }) => type);
}
