// Between the neutral form of objects and changes and the directory's. Pure: it reads and writes nothing.
import type {
  DirectoryAttribute,
  DirectoryChange,
  DirectoryEntry,
  Rdn,
} from '../../../platform/directory/index.js';
import {
  type AttributeDelta,
  type Attributes,
  type AttributeValue,
  ConnectorError,
} from '../../../provisioning/index.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How attributes travel: which hold bytes, and which are called otherwise on the wire. */
export interface Transfer {
  isBinary(name: string): boolean;
  /** `userCertificate` travels as `userCertificate;binary` (RFC 4523) when the settings list it so. */
  wireName(name: string): string;
}

export function toTransfer(binaryAttributes: readonly string[]): Transfer {
  const listed = new Map(binaryAttributes.map((name) => [bare(name), name]));
  return {
    isBinary: (name) => name.toLowerCase().endsWith(';binary') || listed.has(bare(name)),
    wireName: (name) => (listed.get(name.toLowerCase())?.endsWith(';binary') ? `${name};binary` : name),
  };
}

function bare(name: string): string {
  return name.toLowerCase().replace(/;binary$/, '');
}

/** What an add sends: the attributes, the object class unless they say it, and the name's own values where they are missing. */
export function toEntryAttributes(
  objectClass: string,
  name: Rdn,
  attributes: Attributes,
  transfer: Transfer,
): readonly DirectoryAttribute[] {
  const sent = Object.entries(attributes)
    .filter(([, values]) => values.length > 0)
    .map(([type, values]) => ({ type: transfer.wireName(type), values: toSendable(type, values) }));
  const has = (type: string): boolean => sent.some((one) => one.type.toLowerCase() === type.toLowerCase());
  const missing = [{ type: 'objectClass', value: objectClass, isHex: false }, ...name]
    .filter((part) => !part.isHex && !has(part.type))
    .map(({ type, value }) => ({ type, values: toSendable(type, [value]) }));
  return [...missing, ...sent];
}

export function toChanges(deltas: readonly AttributeDelta[], transfer: Transfer): readonly DirectoryChange[] {
  return deltas.flatMap((delta): readonly DirectoryChange[] => {
    const type = transfer.wireName(delta.attribute);
    const sendable = (values: readonly AttributeValue[]): (Buffer | string)[] =>
      toSendable(delta.attribute, values);
    if ('replace' in delta) return [{ operation: 'replace', type, values: sendable(delta.replace) }];
    const changes: readonly DirectoryChange[] = [
      { operation: 'delete', type, values: sendable(delta.remove) },
      { operation: 'add', type, values: sendable(delta.add) },
    ];
    // A delete without values would remove the whole attribute.
    return changes.filter((change) => change.values.length > 0);
  });
}

/** The values of the attributes that were asked for, under the names they were asked by. */
export function toAttributes(
  entry: DirectoryEntry,
  requested: readonly string[],
  transfer: Transfer,
): Attributes {
  const found = requested.map((name) => {
    const values = entry.attributes.get(transfer.wireName(name).toLowerCase()) ?? [];
    return [name, values.map((bytes) => toValue(bytes, transfer.isBinary(name)))] as const;
  });
  return Object.fromEntries(found.filter(([, values]) => values.length > 0));
}

function toValue(bytes: Buffer, isBinary: boolean): AttributeValue {
  if (!isBinary) {
    try {
      return utf8.decode(bytes);
    } catch {
      // Bytes that are no text are better than text that is not the value.
    }
  }
  // A copy: the bytes would otherwise keep the whole answer they came in.
  return new Uint8Array(bytes);
}

function toSendable(attribute: string, values: readonly AttributeValue[]): (Buffer | string)[] {
  return values.map((value) => {
    if (typeof value === 'string') return requireText(attribute, value);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  });
}

/** @throws ConnectorError for text that no directory can hold. */
export function requireText(attribute: string, text: string): string {
  const problem = text.includes('\u0000')
    ? 'contains the character NUL'
    : !text.isWellFormed()
      ? 'is not well-formed Unicode (a surrogate stands alone)'
      : undefined;
  if (problem === undefined) return text;
  throw new ConnectorError('invalid-attribute', `A value of ${attribute} ${problem}; nothing was sent.`, {
    attribute,
  });
}
