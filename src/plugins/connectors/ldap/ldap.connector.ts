// Reads and writes the entries of one LDAP directory. An object is its entryUUID where that is known: what happens
// to be at its old DN is never touched.
import { EqualityFilter } from 'ldapts';
import {
  type DirectoryConnection,
  type DirectoryEntry,
  DirectoryPool,
  DirectoryResultError,
  formatDn,
  formatRdn,
  isSameDn,
  isSameSpelling,
  isWithin,
  OID,
  parseDn,
  PostReadControl,
  type Rdn,
  readDirectorySchema,
  readRootDse,
  searchPages,
} from '../../../platform/directory/index.js';
import type { Secret } from '../../../platform/logging/index.js';
import {
  type AttributeDelta,
  type Attributes,
  type Connector,
  type ConnectorContext,
  ConnectorError,
  type ConnectorObject,
  type ObjectClass,
  type ObjectRef,
} from '../../../provisioning/index.js';
import { type LdapConfig, ldapEndpoint } from './ldap.config.js';
import { toConnectorError } from './ldap.errors.js';
import { changeEntry, newEntryId } from './entry-change.js';
import { ENTRY_UUID, findEntry, readEntryAt, uuidOf } from './entry-lookup.js';
import {
  requireText,
  toAttributes,
  toChanges,
  toEntryAttributes,
  toTransfer,
  type Transfer,
} from './ldap.mapping.js';
import { toObjectClass } from './object-class.js';

const PAGE_SIZE = 200;
const UNAVAILABLE_CRITICAL_EXTENSION = 12;

type Work<Result> = (connection: DirectoryConnection, signal: AbortSignal) => Promise<Result>;

export class LdapConnector implements Connector {
  readonly #config: LdapConfig;
  readonly #pool: DirectoryPool;
  readonly #transfer: Transfer;
  #offered: ReadonlySet<string> | undefined;

  constructor(config: LdapConfig, password: Secret, context: ConnectorContext) {
    const { connectTimeoutMs, callTimeoutMs, dial } = context;
    this.#config = config;
    this.#transfer = toTransfer(config.binaryAttributes);
    this.#pool = new DirectoryPool({
      ...config,
      password,
      acceptsAnyCertificate: config.insecure === 'unverified-certificate',
      connectTimeoutMs,
      callTimeoutMs,
      dial,
    });
  }

  async test(signal: AbortSignal): Promise<string> {
    const { url, baseDn } = this.#config;
    return this.#translate(
      this.#pool.probe(signal, async (connection, limit) => {
        if ((await readEntryAt(connection, baseDn, [], limit)) === null) {
          throw new ConnectorError(
            'misconfigured',
            `There is no entry ${baseDn}. Create it, or correct the base DN.`,
          );
        }
        const security = ldapEndpoint(this.#config).isEncrypted ? 'encrypted' : 'not encrypted';
        return `Bound as ${connection.boundAs} at ${url} (${security}); the base ${baseDn} was found.`;
      }),
    );
  }

  async schema(objectClass: string, signal: AbortSignal): Promise<ObjectClass> {
    return this.#use(signal, async (connection, limit) => {
      const schema = await readDirectorySchema(connection, limit);
      if (schema === undefined) {
        throw new ConnectorError('misconfigured', 'The server does not show its schema to the bind DN.');
      }
      if (!schema.hasObjectClass(objectClass)) throw unknownClass(objectClass);
      return toObjectClass(schema, objectClass, (name) => this.#transfer.isBinary(name));
    });
  }

  async read(
    _objectClass: string,
    ref: ObjectRef,
    attributes: readonly string[],
    signal: AbortSignal,
  ): Promise<ConnectorObject | null> {
    return this.#use(signal, async (connection, limit) => {
      const names = attributes.map((name) => this.#transfer.wireName(name));
      const entry = await findEntry(connection, this.#config.baseDn, ref, names, limit);
      return entry === null ? null : this.#toObject(entry, attributes);
    });
  }

  async create(
    objectClass: string,
    identifier: string,
    attributes: Attributes,
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    return this.#use(signal, async (connection, limit) => {
      const levels = this.#placeOf(identifier);
      const list = toEntryAttributes(objectClass, levels[0] ?? [], attributes, this.#transfer);
      const offered = await this.#offeredControls(connection, limit);
      const controls = offered.has(OID.postRead) ? [new PostReadControl([ENTRY_UUID])] : [];
      const answer = await connection.add(formatDn(levels), list, controls, limit);
      return { identifier, nativeId: await newEntryId(connection, identifier, answer, limit) };
    });
  }

  async update(
    _objectClass: string,
    ref: ObjectRef,
    deltas: readonly AttributeDelta[],
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    return this.#use(signal, async (connection, limit) => {
      const changes = toChanges(deltas, this.#transfer);
      if (changes.length === 0) return ref;
      await this.#changeEntry(connection, ref, limit, (controls) =>
        connection.modify(ref.identifier, changes, controls, limit),
      );
      return ref;
    });
  }

  async rename(
    _objectClass: string,
    ref: ObjectRef,
    identifier: string,
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    return this.#use(signal, async (connection, limit) => {
      const levels = this.#placeOf(identifier);
      const renamed = { identifier, nativeId: ref.nativeId };
      if (isSameSpelling(ref.identifier, identifier)) return renamed;
      const parent = formatDn(levels.slice(1));
      const isMove = !isSameSpelling(parent, formatDn(parseDn(ref.identifier).slice(1)));
      await this.#changeEntry(connection, ref, limit, (controls) =>
        connection.rename(
          ref.identifier,
          formatRdn(levels[0] ?? []),
          isMove ? parent : undefined,
          controls,
          limit,
        ),
      );
      return renamed;
    });
  }

  async delete(_objectClass: string, ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#use(signal, async (connection, limit) => {
      await this.#changeEntry(connection, ref, limit, (controls) =>
        connection.delete(ref.identifier, controls, limit),
      );
    });
  }

  async *search(
    objectClass: string,
    attributes: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ConnectorObject, void, undefined> {
    // A filter for a class that the server does not know matches nothing, which would look like an empty directory.
    const schema = await this.#use(signal, readDirectorySchema);
    if (schema?.hasObjectClass(objectClass) === false) throw unknownClass(objectClass);
    const search = {
      base: this.#config.baseDn,
      scope: 'sub',
      filter: new EqualityFilter({ attribute: 'objectClass', value: objectClass }),
      attributes: [...attributes.map((name) => this.#transfer.wireName(name)), ENTRY_UUID],
    } as const;
    try {
      for await (const page of searchPages(this.#pool, search, PAGE_SIZE, signal)) {
        for (const entry of page) yield this.#toObject(entry, attributes);
      }
    } catch (error) {
      throw toConnectorError(error);
    }
  }

  isSameIdentifier(left: string, right: string): boolean {
    return isSameDn(left, right);
  }

  close(): Promise<void> {
    this.#pool.close();
    return Promise.resolve();
  }

  #use<Result>(signal: AbortSignal, work: Work<Result>): Promise<Result> {
    return this.#translate(this.#pool.use(signal, work));
  }

  async #translate<Result>(call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } catch (error) {
      // What the server offered once it offers no more: it was exchanged.
      if (error instanceof DirectoryResultError && error.code === UNAVAILABLE_CRITICAL_EXTENSION) {
        this.#offered = undefined;
      }
      throw toConnectorError(error);
    }
  }

  async #offeredControls(connection: DirectoryConnection, signal: AbortSignal): Promise<ReadonlySet<string>> {
    this.#offered ??= (await readRootDse(connection, signal)).controls;
    return this.#offered;
  }

  async #changeEntry(
    connection: DirectoryConnection,
    ref: ObjectRef,
    signal: AbortSignal,
    change: Parameters<typeof changeEntry>[1],
  ): Promise<void> {
    const offered = await this.#offeredControls(connection, signal);
    await changeEntry({ connection, baseDn: this.#config.baseDn, ref, offered, signal }, change);
  }

  /** The levels of a DN that accounts may have: one that is read back beneath the base. */
  #placeOf(identifier: string): readonly Rdn[] {
    const { baseDn } = this.#config;
    const levels = parseDn(requireText('dn', identifier));
    for (const { type, value } of levels.flat()) requireText(type, value);
    if (!isWithin(identifier, baseDn)) {
      throw new ConnectorError('invalid-attribute', `"${identifier}" is not beneath the base "${baseDn}".`);
    }
    return levels;
  }

  #toObject(entry: DirectoryEntry, attributes: readonly string[]): ConnectorObject {
    return {
      identifier: entry.dn,
      nativeId: uuidOf(entry),
      attributes: toAttributes(entry, attributes, this.#transfer),
    };
  }
}

function unknownClass(objectClass: string): ConnectorError {
  return new ConnectorError('misconfigured', `The server knows no object class "${objectClass}".`);
}
