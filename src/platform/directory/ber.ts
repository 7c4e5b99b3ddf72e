// Reads BER as LDAP uses it (RFC 4511 §5.1): definite lengths, one-byte tags. Strict, for what a server sends is
// untrusted: ldapts' own reader loops for ever on lengths that lie.
import { DirectoryConnectionError } from './directory-error.js';

export interface BerElement {
  readonly tag: number;
  readonly content: Buffer;
}

export interface BerHeader {
  readonly tag: number;
  /** Where the content begins and ends, counted from the start of the buffer. */
  readonly start: number;
  readonly end: number;
}

export const TAG = { integer: 0x02, octetString: 0x04, enumerated: 0x0a, sequence: 0x30, set: 0x31 } as const;

/** Each element costs some hundred bytes of memory, however small it is on the wire. */
export const MOST_ELEMENTS = 500_000;

/** The header at `at`, or undefined when more bytes are needed to know it. Throws on what is not LDAP's BER. */
export function readHeader(buffer: Buffer, at: number): BerHeader | undefined {
  const tag = buffer[at];
  const first = buffer[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag of several bytes');
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  const width = first & 0x7f;
  if (width === 0 || width > 4) throw malformed('a length that LDAP does not allow');
  if (buffer.length < at + 2 + width) return undefined;
  const start = at + 2 + width;
  return { tag, start, end: start + buffer.readUIntBE(at + 2, width) };
}

/** All elements side by side in `buffer`, which they must fill exactly. Throws when they are more than `most`. */
export function readElements(buffer: Buffer, most = MOST_ELEMENTS): BerElement[] {
  const elements: BerElement[] = [];
  for (let at = 0; at < buffer.length;) {
    const header = readHeader(buffer, at);
    if (header === undefined || header.end > buffer.length) throw malformed('a length beyond its message');
    if (elements.length >= most) throw malformed(`more than ${MOST_ELEMENTS} values in one message`);
    elements.push({ tag: header.tag, content: buffer.subarray(header.start, header.end) });
    at = header.end;
  }
  return elements;
}

/** The content of `element`, which must be there and have this tag. */
export function contentOf(element: BerElement | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw malformed(`no element 0x${tag.toString(16)} where there must be one`);
  return element.content;
}

export function toInteger(content: Buffer): number {
  if (content.length < 1 || content.length > 4) throw malformed('an integer of a wrong size');
  return content.readIntBE(0, content.length);
}

export function malformed(what: string): DirectoryConnectionError {
  return new DirectoryConnectionError('malformed', `The server sent something that is not LDAP: ${what}.`);
}
