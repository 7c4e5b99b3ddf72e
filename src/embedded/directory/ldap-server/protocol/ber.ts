// The part of BER that LDAP uses (RFC 4511 §5.1): one-byte tags, definite lengths.
// Must never read past the bytes it was given: they come from anybody who can connect.

/** The bytes are not what the protocol allows at this place. */
export class BerError extends Error {
  override readonly name = 'BerError';
}

export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `size` is the length of tag and length bytes, `length` that of the content behind them. */
export interface ElementHeader {
  readonly tag: number;
  readonly size: number;
  readonly length: number;
}

const LONGEST_HEADER = 6;
const LONG_FORM = 0x80;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The header at `offset`, or undefined when its bytes have not all arrived. */
export function readHeader(buffer: Buffer, offset = 0): ElementHeader | undefined {
  const tag = buffer[offset];
  const first = buffer[offset + 1];
  if (tag === undefined || first === undefined) return undefined;
  if ((tag & 0x1f) === 0x1f) throw new BerError('Tags of several bytes are not used in LDAP');
  if (first < LONG_FORM) return { tag, size: 2, length: first };
  const size = 2 + (first & 0x7f);
  if (first === LONG_FORM) throw new BerError('Indefinite lengths are not allowed in LDAP');
  if (size > LONGEST_HEADER) throw new BerError('A length of more than four bytes');
  if (offset + size > buffer.length) return undefined;
  return { tag, size, length: buffer.readUIntBE(offset + 2, size - 2) };
}

/** Valid UTF-8 as text; throws `BerError` for anything else. */
export function toText(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new BerError('A text is not valid UTF-8');
  return text;
}

/** Valid UTF-8 as text; undefined for anything else. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads the elements of one constructed value in order; every fault is a `BerError`. */
export class BerReader {
  #offset = 0;

  constructor(private readonly buffer: Buffer) {}

  get done(): boolean {
    return this.#offset >= this.buffer.length;
  }

  /** The tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.buffer[this.#offset];
  }

  next(): { tag: number; content: Buffer } {
    const next = readHeader(this.buffer, this.#offset);
    if (next === undefined) throw new BerError('An element is missing or cut off');
    const start = this.#offset + next.size;
    const end = start + next.length;
    if (end > this.buffer.length) throw new BerError('An element is longer than what contains it');
    this.#offset = end;
    return { tag: next.tag, content: this.buffer.subarray(start, end) };
  }

  octets(tag: number = Tag.octetString): Buffer {
    const found = this.next();
    if (found.tag !== tag) throw new BerError(`Expected tag ${hex(tag)}, found ${hex(found.tag)}`);
    return found.content;
  }

  enter(tag: number = Tag.sequence): BerReader {
    return new BerReader(this.octets(tag));
  }

  text(tag: number = Tag.octetString): string {
    return toText(this.octets(tag));
  }

  integer(tag: number = Tag.integer): number {
    const bytes = this.octets(tag);
    if (bytes.length === 0 || bytes.length > 4) throw new BerError('An integer is empty or too long');
    return bytes.readIntBE(0, bytes.length);
  }

  boolean(tag: number = Tag.boolean): boolean {
    const bytes = this.octets(tag);
    if (bytes.length !== 1) throw new BerError('A boolean is not one byte');
    return bytes[0] !== 0;
  }

  /** The element when it has this tag; otherwise undefined, and the position stays. */
  optional(tag: number): Buffer | undefined {
    return this.nextTag === tag ? this.octets(tag) : undefined;
  }
}

/** One element around the contents, which are encoded already; texts become UTF-8. */
export function element(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const parts = contents.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([header(tag, length), ...parts]);
}

export function sequence(...contents: readonly Buffer[]): Buffer {
  return element(Tag.sequence, ...contents);
}

export function octetString(value: Buffer | string, tag: number = Tag.octetString): Buffer {
  return element(tag, value);
}

/** An integer of at most four bytes, in the shortest form. */
export function integer(value: number, tag: number = Tag.integer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  let start = 0;
  while (start < 3 && isRedundant(bytes[start], bytes[start + 1])) start += 1;
  return element(tag, bytes.subarray(start));
}

export function enumerated(value: number): Buffer {
  return integer(value, Tag.enumerated);
}

export function boolean(value: boolean): Buffer {
  return element(Tag.boolean, Buffer.of(value ? 0xff : 0));
}

function header(tag: number, length: number): Buffer {
  if (length < LONG_FORM) return Buffer.of(tag, length);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const bytes = Buffer.alloc(2 + size);
  bytes[0] = tag;
  bytes[1] = LONG_FORM | size;
  bytes.writeUIntBE(length, 2, size);
  return bytes;
}

function isRedundant(byte: number | undefined, next: number | undefined): boolean {
  const nextIsNegative = ((next ?? 0) & 0x80) !== 0;
  return (byte === 0 && !nextIsNegative) || (byte === 0xff && nextIsNegative);
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}
