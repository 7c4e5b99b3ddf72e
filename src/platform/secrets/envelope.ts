// What a sealed value looks like. Format 2: a header (format, key id), the wrapped data key, the text under the data key.
// The wrapping is bound to header and place, the text to format and place: nothing of it fits anywhere else.
import { randomBytes } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES, OVERHEAD_BYTES } from './authenticated-encryption.js';
import { KEY_ID_BYTES, type KeyEncryptionKey } from './key-encryption-key.js';

const FORMAT = 2;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const WRAPPED_BYTES = OVERHEAD_BYTES + KEY_BYTES;

/** The text itself under the key of secrets: written before data keys came, still read. */
const OLD_FORMAT = 1;

export interface Envelope {
  readonly format: typeof FORMAT | typeof OLD_FORMAT;
  /** The key that wraps its data key; the old format does not tell. */
  readonly keyId: string | null;
}

/** Undefined when these bytes are no sealed value. */
export function readEnvelope(sealed: Buffer): Envelope | undefined {
  switch (sealed[0]) {
    case FORMAT:
      if (sealed.length < HEADER_BYTES + WRAPPED_BYTES + OVERHEAD_BYTES) return undefined;
      return { format: FORMAT, keyId: sealed.subarray(1, HEADER_BYTES).toString('hex') };
    case OLD_FORMAT:
      return sealed.length < 1 + OVERHEAD_BYTES ? undefined : { format: OLD_FORMAT, keyId: null };
    default:
      return undefined;
  }
}

/** How each value that is sealed with this key begins. */
export function headerOf(key: KeyEncryptionKey): Buffer {
  return Buffer.concat([Buffer.of(FORMAT), Buffer.from(key.id, 'hex')]);
}

export function sealEnvelope(key: KeyEncryptionKey, plain: string, place: string): Buffer {
  const dataKey = randomBytes(KEY_BYTES);
  const text = encrypt(dataKey, Buffer.from(plain, 'utf8'), textBinding(place));
  return Buffer.concat([wrapDataKey(key, dataKey, place), text]);
}

/** Undefined when it does not open with this key at this place. */
export function openEnvelope(key: KeyEncryptionKey, sealed: Buffer, place: string): string | undefined {
  if (sealed[0] === OLD_FORMAT) return key.decrypt(sealed.subarray(1), Buffer.from(place))?.toString('utf8');
  const dataKey = unwrapDataKey(key, sealed, place);
  if (dataKey === undefined) return undefined;
  const text = sealed.subarray(HEADER_BYTES + WRAPPED_BYTES);
  return decrypt(dataKey, text, textBinding(place))?.toString('utf8');
}

/** The same value with its data key wrapped by `to`; a value of the old format gets a data key. */
export function rewrapEnvelope(
  { from, to }: { from: KeyEncryptionKey; to: KeyEncryptionKey },
  sealed: Buffer,
  place: string,
): Buffer | undefined {
  const plain = openEnvelope(from, sealed, place);
  if (plain === undefined) return undefined;
  if (sealed[0] === OLD_FORMAT) return sealEnvelope(to, plain, place);
  const dataKey = unwrapDataKey(from, sealed, place);
  if (dataKey === undefined) return undefined;
  return Buffer.concat([wrapDataKey(to, dataKey, place), sealed.subarray(HEADER_BYTES + WRAPPED_BYTES)]);
}

function wrapDataKey(key: KeyEncryptionKey, dataKey: Buffer, place: string): Buffer {
  const header = headerOf(key);
  return Buffer.concat([header, key.encrypt(dataKey, Buffer.concat([header, Buffer.from(place)]))]);
}

function unwrapDataKey(key: KeyEncryptionKey, sealed: Buffer, place: string): Buffer | undefined {
  const header = sealed.subarray(0, HEADER_BYTES);
  const wrapped = sealed.subarray(HEADER_BYTES, HEADER_BYTES + WRAPPED_BYTES);
  return key.decrypt(wrapped, Buffer.concat([header, Buffer.from(place)]));
}

function textBinding(place: string): Buffer {
  return Buffer.concat([Buffer.of(FORMAT), Buffer.from(place)]);
}
