// What a directory says about itself: its root DSE (RFC 4512 §5.1) and its schema (§4.2).
import { PresenceFilter } from 'ldapts';
import type { DirectoryEntry } from './answer.js';
import type { DirectoryConnection } from './directory-connection.js';
import {
  type AttributeTypeDefinition,
  type ObjectClassDefinition,
  parseAttributeType,
  parseObjectClass,
} from './schema-definition.js';

export interface RootDse {
  readonly controls: ReadonlySet<string>;
  /** The DN of the entry that holds the schema, where the server shows one. */
  readonly schemaDn: string | undefined;
}

export async function readRootDse(connection: DirectoryConnection, signal: AbortSignal): Promise<RootDse> {
  const entry = await readEntry(connection, '', ['supportedControl', 'subschemaSubentry'], signal);
  return {
    controls: new Set(textsOf(entry, 'supportedControl')),
    schemaDn: textsOf(entry, 'subschemaSubentry')[0],
  };
}

/** Undefined when the server does not show its schema. */
export async function readDirectorySchema(
  connection: DirectoryConnection,
  signal: AbortSignal,
): Promise<DirectorySchema | undefined> {
  const { schemaDn } = await readRootDse(connection, signal);
  if (schemaDn === undefined) return undefined;
  const entry = await readEntry(connection, schemaDn, ['objectClasses', 'attributeTypes'], signal);
  const classes = textsOf(entry, 'objectClasses').map(parseObjectClass).filter(isDefined);
  const types = textsOf(entry, 'attributeTypes').map(parseAttributeType).filter(isDefined);
  return classes.length === 0 ? undefined : new DirectorySchema(classes, types);
}

export class DirectorySchema {
  readonly #classes: ReadonlyMap<string, ObjectClassDefinition>;
  readonly #types: ReadonlyMap<string, AttributeTypeDefinition>;

  constructor(classes: readonly ObjectClassDefinition[], types: readonly AttributeTypeDefinition[]) {
    this.#classes = byName(classes);
    this.#types = byName(types);
  }

  hasObjectClass(name: string): boolean {
    return this.#classes.has(name.toLowerCase());
  }

  /** What entries of this class must and may hold, inherited attributes included. */
  attributesOf(objectClass: string): { readonly must: readonly string[]; readonly may: readonly string[] } {
    const chain = this.#withSuperiors(objectClass, this.#classes, (one) => one.superiors);
    const must = unique(chain.flatMap((one) => one.must));
    const required = new Set(must.map((name) => name.toLowerCase()));
    return {
      must,
      may: unique(chain.flatMap((one) => one.may)).filter((name) => !required.has(name.toLowerCase())),
    };
  }

  /** The definition with the syntax it inherits; undefined when it is not known. */
  attributeType(name: string): AttributeTypeDefinition | undefined {
    const chain = this.#withSuperiors(name, this.#types, (one) =>
      one.superior === undefined ? [] : [one.superior],
    );
    const [own] = chain;
    return own && { ...own, syntax: chain.find((one) => one.syntax !== undefined)?.syntax };
  }

  /** The definition and all it is derived from, nearest first; a circle in a broken schema ends. */
  #withSuperiors<Definition>(
    name: string,
    definitions: ReadonlyMap<string, Definition>,
    superiorsOf: (definition: Definition) => readonly string[],
  ): readonly Definition[] {
    const chain = new Set<Definition>();
    const names = [name];
    for (let next = names.shift(); next !== undefined; next = names.shift()) {
      const definition = definitions.get(next.toLowerCase());
      if (definition === undefined || chain.has(definition)) continue;
      chain.add(definition);
      names.push(...superiorsOf(definition));
    }
    return [...chain];
  }
}

async function readEntry(
  connection: DirectoryConnection,
  base: string,
  attributes: readonly string[],
  signal: AbortSignal,
): Promise<DirectoryEntry | undefined> {
  const filter = new PresenceFilter({ attribute: 'objectClass' });
  const { entries } = await connection.search({ base, scope: 'base', filter, attributes }, signal);
  return entries[0];
}

function textsOf(entry: DirectoryEntry | undefined, attribute: string): string[] {
  return (entry?.attributes.get(attribute.toLowerCase()) ?? []).map(String);
}

function byName<Definition extends { readonly names: readonly string[] }>(
  definitions: readonly Definition[],
): ReadonlyMap<string, Definition> {
  return new Map(definitions.flatMap((one) => one.names.map((name) => [name.toLowerCase(), one] as const)));
}

function unique(names: readonly string[]): string[] {
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}

function isDefined<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}
