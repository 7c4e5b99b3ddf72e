// LDAP requests (RFC 4511 §4) from bytes to plain data; nothing is looked up or decided here.
import { BerError, BerReader, Tag, toText } from './ber.js';
import { readFilter } from './filter.js';
import type { Filter } from './filter.js';

/** One message from a client. */
export interface LdapMessage {
  readonly id: number;
  readonly request: LdapRequest;
  readonly controls: readonly Control[];
}

export interface Control {
  readonly oid: string;
  readonly critical: boolean;
  readonly value?: Buffer;
}

export interface AttributeValues {
  readonly name: string;
  readonly values: readonly Buffer[];
}

export type Scope = 'base' | 'one' | 'sub' | 'children';
export type ChangeKind = 'add' | 'delete' | 'replace' | 'increment';
export type Change = AttributeValues & { readonly kind: ChangeKind };

export interface BindRequest {
  readonly kind: 'bind';
  readonly version: number;
  readonly dn: string;
  /** Undefined: a method other than simple. */
  readonly password?: Buffer;
}
export interface SearchRequest {
  readonly kind: 'search';
  readonly base: string;
  readonly scope: Scope;
  /** 0: no limit. */
  readonly sizeLimit: number;
  readonly typesOnly: boolean;
  readonly filter: Filter;
  readonly attributes: readonly string[];
}
export interface AddRequest {
  readonly kind: 'add';
  readonly dn: string;
  readonly attributes: readonly AttributeValues[];
}
export interface ModifyRequest {
  readonly kind: 'modify';
  readonly dn: string;
  readonly changes: readonly Change[];
}
export interface DeleteRequest {
  readonly kind: 'delete';
  readonly dn: string;
}
export interface RenameRequest {
  readonly kind: 'rename';
  readonly dn: string;
  readonly newRdn: string;
  readonly deleteOldRdn: boolean;
  readonly newSuperior?: string;
}
export interface CompareRequest {
  readonly kind: 'compare';
  readonly dn: string;
  readonly attribute: string;
  readonly value: Buffer;
}
export interface ExtendedRequest {
  readonly kind: 'extended';
  readonly oid: string;
}
export type WriteRequest = AddRequest | ModifyRequest | DeleteRequest | RenameRequest;
/** What a client can ask for. */
export type LdapRequest =
  | BindRequest
  | SearchRequest
  | WriteRequest
  | CompareRequest
  | ExtendedRequest
  | { readonly kind: 'unbind' }
  | { readonly kind: 'abandon' };

const CONTROLS_TAG = 0xa0;
const SIMPLE_TAG = 0x80;
const scopes: readonly Scope[] = ['base', 'one', 'sub', 'children'];
const changeKinds: readonly ChangeKind[] = ['add', 'delete', 'replace', 'increment'];

const readers: ReadonlyMap<number, (operation: BerReader, content: Buffer) => LdapRequest> = new Map([
  [0x60, readBind],
  [0x42, (): LdapRequest => ({ kind: 'unbind' })],
  [0x63, readSearch],
  [0x66, readModify],
  [0x68, readAdd],
  [0x4a, (_: BerReader, content: Buffer): LdapRequest => ({ kind: 'delete', dn: toText(content) })],
  [0x6c, readRename],
  [0x6e, readCompare],
  [0x50, (): LdapRequest => ({ kind: 'abandon' })],
  [0x77, (operation: BerReader): LdapRequest => ({ kind: 'extended', oid: operation.text(0x80) })],
]);

/** Reads one whole message; throws `BerError` when it is not one. */
export function readMessage(bytes: Buffer): LdapMessage {
  const message = new BerReader(bytes).enter();
  const id = message.integer();
  if (id < 0) throw new BerError('A negative message id');
  const { tag, content } = message.next();
  const read = readers.get(tag);
  if (read === undefined) throw new BerError(`Unknown operation 0x${tag.toString(16)}`);
  const request = read(new BerReader(content), content);
  return { id, request, controls: message.nextTag === CONTROLS_TAG ? readControls(message) : [] };
}

function readControls(message: BerReader): Control[] {
  const list = message.enter(CONTROLS_TAG);
  const controls: Control[] = [];
  while (!list.done) {
    const control = list.enter();
    const oid = control.text();
    const critical = control.nextTag === Tag.boolean && control.boolean();
    const value = control.optional(Tag.octetString);
    controls.push({ oid, critical, ...(value === undefined ? {} : { value }) });
  }
  return controls;
}

function readBind(operation: BerReader): LdapRequest {
  const version = operation.integer();
  const dn = operation.text();
  const password = operation.optional(SIMPLE_TAG);
  return { kind: 'bind', version, dn, ...(password === undefined ? {} : { password }) };
}

function readSearch(operation: BerReader): LdapRequest {
  const base = operation.text();
  const scope = choose(scopes, operation.integer(Tag.enumerated), 'scope');
  operation.integer(Tag.enumerated); // Aliases do not exist here: nothing to dereference.
  const sizeLimit = operation.integer();
  operation.integer(); // The time limit: no search here takes a second.
  const typesOnly = operation.boolean();
  const filter = readFilter(operation);
  const attributes = readTexts(operation.enter());
  return { kind: 'search', base, scope, sizeLimit, typesOnly, filter, attributes };
}

function readAdd(operation: BerReader): LdapRequest {
  const dn = operation.text();
  const list = operation.enter();
  const attributes: AttributeValues[] = [];
  while (!list.done) attributes.push(readAttribute(list.enter()));
  return { kind: 'add', dn, attributes };
}

function readModify(operation: BerReader): LdapRequest {
  const dn = operation.text();
  const list = operation.enter();
  const changes: Change[] = [];
  while (!list.done) {
    const change = list.enter();
    const kind = choose(changeKinds, change.integer(Tag.enumerated), 'kind of change');
    changes.push({ kind, ...readAttribute(change.enter()) });
  }
  return { kind: 'modify', dn, changes };
}

function readRename(operation: BerReader): LdapRequest {
  const dn = operation.text();
  const newRdn = operation.text();
  const deleteOldRdn = operation.boolean();
  const newSuperior = operation.optional(0x80);
  return {
    kind: 'rename',
    dn,
    newRdn,
    deleteOldRdn,
    ...(newSuperior === undefined ? {} : { newSuperior: toText(newSuperior) }),
  };
}

function readCompare(operation: BerReader): LdapRequest {
  const dn = operation.text();
  const assertion = operation.enter();
  return { kind: 'compare', dn, attribute: assertion.text(), value: assertion.octets() };
}

function readAttribute(attribute: BerReader): AttributeValues {
  const name = attribute.text();
  const set = attribute.enter(Tag.set);
  const values: Buffer[] = [];
  while (!set.done) values.push(set.octets());
  return { name, values };
}

/** The remaining elements as texts: an attribute selection. */
export function readTexts(list: BerReader): string[] {
  const texts: string[] = [];
  while (!list.done) texts.push(list.text());
  return texts;
}

function choose<T>(choices: readonly T[], index: number, what: string): T {
  const choice = choices[index];
  if (choice === undefined) throw new BerError(`Unknown ${what} ${index}`);
  return choice;
}
