// The directory information tree in memory. Names are relative here, so that moving a subtree
// changes one node. Must not know requests, access rights or the journal.
import type { Rdn } from '../schema/dn.js';
import { formatDn } from '../schema/dn.js';
import type { Schema } from '../schema/schema.js';
import type { Entry } from './entry.js';

/** An entry at its place; changed by `DirectoryTree` only. */
export interface Node {
  readonly uuid: string;
  parent: Node | undefined;
  rdn: Rdn;
  key: string;
  entry: Entry;
  readonly children: Map<string, Node>;
}

/** Types without subtypes whose equality is answered without looking at every entry. */
const INDEXED = ['entryUUID', 'uid', 'cn', 'mail', 'member', 'uniqueMember', 'memberUid', 'uidNumber'];

/** Where a name leads: to a node, or to the last one above it that exists. */
export interface Lookup {
  readonly node?: Node;
  readonly closest?: Node;
  /** The relative names below `closest` that do not exist, the entry's own first. */
  readonly missing: readonly Rdn[];
}

export class DirectoryTree {
  #root: Node | undefined;
  readonly #nodes = new Map<string, Node>();
  readonly #indexes = new Map(INDEXED.map((name) => [name, new Map<string, Set<Node>>()] as const));
  readonly #suffixKeys: readonly string[];

  /** `suffix` is the name of the topmost entry; throws when it is not a valid name. */
  constructor(
    readonly schema: Schema,
    readonly suffix: readonly Rdn[],
  ) {
    this.#suffixKeys = keysOf(schema, suffix);
  }

  get size(): number {
    return this.#nodes.size;
  }

  byUuid(uuid: string): Node | undefined {
    return this.#nodes.get(uuid);
  }

  /** Undefined when the name lies outside the suffix. The name must be valid. */
  find(name: readonly Rdn[]): Lookup | undefined {
    const keys = keysOf(this.schema, name);
    const depth = keys.length - this.#suffixKeys.length;
    if (depth < 0 || this.#suffixKeys.some((key, index) => key !== keys[depth + index])) return undefined;
    if (this.#root === undefined) return { missing: name };
    let node = this.#root;
    for (let level = depth - 1; level >= 0; level -= 1) {
      const child = node.children.get(keys[level] ?? '');
      if (child === undefined) return { closest: node, missing: name.slice(0, level + 1) };
      node = child;
    }
    return { node, missing: [] };
  }

  /** Sets a node: a new one, or the new place, name or content of the one with this uuid. */
  put(uuid: string, parent: Node | undefined, rdn: Rdn, entry: Entry): Node {
    const key = keysOf(this.schema, [rdn])[0] ?? '';
    const existing = this.#nodes.get(uuid);
    const node = existing ?? { uuid, parent, rdn, key, entry, children: new Map<string, Node>() };
    if (existing !== undefined) {
      this.#unindex(existing);
      if (existing.parent !== parent || existing.key !== key) existing.parent?.children.delete(existing.key);
      Object.assign(existing, { parent, rdn, key, entry });
    }
    this.#nodes.set(uuid, node);
    if (parent === undefined) this.#root = node;
    else parent.children.set(key, node);
    this.#index(node);
    return node;
  }

  /** The node must have no children. */
  remove(node: Node): void {
    this.#unindex(node);
    this.#nodes.delete(node.uuid);
    if (node.parent === undefined) this.#root = undefined;
    else node.parent.children.delete(node.key);
  }

  dnOf(node: Node): string {
    return formatDn(this.nameOf(node));
  }

  nameOf(node: Node): readonly Rdn[] {
    const rdns: Rdn[] = [];
    for (let at: Node | undefined = node; at?.parent !== undefined; at = at.parent) rdns.push(at.rdn);
    return [...rdns, ...this.suffix];
  }

  /** The nodes that have this value; undefined when the attribute is not indexed. */
  indexed(attribute: string, key: string): ReadonlySet<Node> | undefined {
    const index = this.#indexes.get(attribute);
    return index && (index.get(key) ?? new Set());
  }

  /** Every node, parents before children. */
  *all(): Generator<Node> {
    if (this.#root !== undefined) yield* this.subtree(this.#root);
  }

  /** Parents before children, siblings in the order they came; not recursive, for any depth. */
  *subtree(top: Node): Generator<Node> {
    const waiting = [top];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      yield node;
      for (const child of [...node.children.values()].toReversed()) waiting.push(child);
    }
  }

  isWithin(node: Node, top: Node): boolean {
    for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at === top) return true;
    return false;
  }

  #index(node: Node): void {
    for (const [name, index] of this.#indexes) {
      for (const key of node.entry.get(name)?.keys ?? []) {
        const nodes = index.get(key) ?? new Set();
        index.set(key, nodes.add(node));
      }
    }
  }

  #unindex(node: Node): void {
    for (const [name, index] of this.#indexes) {
      for (const key of node.entry.get(name)?.keys ?? []) {
        const nodes = index.get(key);
        nodes?.delete(node);
        if (nodes?.size === 0) index.delete(key);
      }
    }
  }
}

function keysOf(schema: Schema, name: readonly Rdn[]): string[] {
  return name.map((rdn) => {
    const key = schema.rdnKey(rdn);
    if (key === undefined) throw new Error(`${formatDn([rdn])} is not a valid name in this schema`);
    return key;
  });
}
