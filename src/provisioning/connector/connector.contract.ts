// What a connector is: the code that speaks to one kind of system. The core decides; a connector only reads and writes.
import type { Socket } from 'node:net';
import type { z } from 'zod';
import type { Dial } from '../../platform/dialer/index.js';
import type { Secret } from '../../platform/logging/index.js';
import type { SystemEndpoint } from '../domain/system-endpoint.js';

/** Text or bytes. Numbers and booleans travel as text; `ConnectorDefinition.booleans` says which. */
export type AttributeValue = string | Uint8Array;

/** Values by attribute name; an attribute without values is absent or an empty list. */
export type Attributes = Readonly<Record<string, readonly AttributeValue[]>>;

/** How an object is found again: by the id the system gave it if it has such, else by its identifier. */
export interface ObjectRef {
  /** The name people know it by: a DN, a key. It can change. */
  readonly identifier: string;
  /** The system's own unchanging id (entryUUID), null where there is none or it is not known yet. */
  readonly nativeId: string | null;
}

export interface ConnectorObject extends ObjectRef {
  readonly attributes: Attributes;
}

/** One attribute's change. `replace` sets all values; otherwise `remove` goes before `add`. */
export type AttributeDelta =
  | { readonly attribute: string; readonly replace: readonly AttributeValue[] }
  | {
      readonly attribute: string;
      readonly add: readonly AttributeValue[];
      readonly remove: readonly AttributeValue[];
    };

export interface SchemaAttribute {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isMultivalued: boolean;
  readonly isBinary: boolean;
}

export interface ObjectClass {
  readonly name: string;
  readonly attributes: readonly SchemaAttribute[];
}

/** A live connection (or pool) to one system. Every call ends by `signal` or its own deadline. */
export interface Connector {
  /** Connects and authenticates; the sentence says what was reached. */
  test(signal: AbortSignal): Promise<string>;
  /** What the system offers for `objectClass`. */
  schema(objectClass: string, signal: AbortSignal): Promise<ObjectClass>;
  /** The object on the system that is written to (never a replica), or null when it is positively not there. */
  read(
    objectClass: string,
    ref: ObjectRef,
    attributes: readonly string[],
    signal: AbortSignal,
  ): Promise<ConnectorObject | null>;
  /** @throws ConnectorError `already-exists` when something is at that identifier. */
  create(
    objectClass: string,
    identifier: string,
    attributes: Attributes,
    signal: AbortSignal,
  ): Promise<ObjectRef>;
  /** Applies all deltas at once, to exactly the object `ref` names. Returns where it is now. */
  update(
    objectClass: string,
    ref: ObjectRef,
    deltas: readonly AttributeDelta[],
    signal: AbortSignal,
  ): Promise<ObjectRef>;
  /** Gives the object another identifier; its native id stays. */
  rename(objectClass: string, ref: ObjectRef, identifier: string, signal: AbortSignal): Promise<ObjectRef>;
  /** @throws ConnectorError `not-found` when it is not there. */
  delete(objectClass: string, ref: ObjectRef, signal: AbortSignal): Promise<void>;
  /** Every object of the class, streamed. A partial read throws; it never ends early in silence. */
  search(
    objectClass: string,
    attributes: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<ConnectorObject>;
  /**
   * The same identifier and values as `read` will show them, for a system that prints some otherwise than they were
   * written (`5` as `5.00`); without it they are compared as they are. Writes nothing.
   * @throws ConnectorError `invalid-attribute` for what the system cannot hold
   */
  asStored?(
    objectClass: string,
    identifier: string,
    attributes: Attributes,
    signal: AbortSignal,
  ): Promise<{ readonly identifier: string; readonly attributes: Attributes }>;
  /** Whether two identifiers name the same object: systems rewrite case, spaces and escapes. */
  isSameIdentifier(left: string, right: string): boolean;
  close(): Promise<void>;
}

export interface ConnectorContext {
  readonly connectTimeoutMs: number;
  /** The longest one call may take; shorter than an attempt's deadline. */
  readonly callTimeoutMs: number;
  /** The one way to the system: a connection to an address that was checked. */
  readonly dial: Dial;
  /** The same for a client library that connects by itself: its `connect(port, host)` is checked. */
  readonly socket: () => Socket;
  /** What `DATABASE_IDENTITY` answers on Provost's own database, which is nobody's system. */
  readonly ownDatabase: () => Promise<string>;
  readonly log: (fields: Record<string, unknown>, message: string) => void;
}

/** One folder under `src/plugins/connectors` exports one of these. */
export interface ConnectorDefinition<Config extends z.ZodType = z.ZodType> {
  /** Stored with every system: never renamed. */
  readonly kind: string;
  readonly title: string;
  /** The settings of a system of this kind, without its secrets; it documents and validates them. */
  readonly config: Config;
  /** The names of the secrets it needs, such as `password`; each with one sentence. */
  readonly secrets: Readonly<Record<string, string>>;
  /** How the system writes false and true. */
  readonly booleans: readonly [no: string, yes: string];
  /** Where `config` leads: held against the rules before it is saved, and before it is dialled. */
  readonly endpoint: (config: z.output<Config>) => SystemEndpoint;
  /** Opens no connection yet. */
  open(
    config: z.output<Config>,
    secrets: Readonly<Record<string, Secret>>,
    context: ConnectorContext,
  ): Connector;
}
