// What a server may answer (RFC 4511 §4), decoded to exact bytes: whether a value is text is for the caller to know.
import { type BerElement, contentOf, malformed, MOST_ELEMENTS, readElements, TAG, toInteger } from './ber.js';

export interface DirectoryEntry {
  readonly dn: string;
  /** Values by attribute description in lower case (`cn`, `usercertificate;binary`). */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

export interface ResultAnswer {
  readonly kind: 'result';
  readonly messageId: number;
  /** The protocol operation's tag: which request it answers. */
  readonly tag: number;
  readonly code: number;
  readonly diagnostic: string;
  /** An extended operation's value. */
  readonly value: Buffer | undefined;
  /** Values of response controls by OID. */
  readonly controls: ReadonlyMap<string, Buffer>;
}

export type Answer =
  | { readonly kind: 'entry'; readonly messageId: number; readonly entry: DirectoryEntry }
  | { readonly kind: 'reference'; readonly messageId: number; readonly urls: readonly string[] }
  | ResultAnswer;

export const ANSWER_TAG = {
  bind: 0x61,
  searchEntry: 0x64,
  search: 0x65,
  modify: 0x67,
  add: 0x69,
  delete: 0x6b,
  rename: 0x6d,
  searchReference: 0x73,
  extended: 0x78,
} as const;

const CONTROLS_TAG = 0xa0;
const EXTENDED_VALUE_TAG = 0x8b;
const RESULT_TAGS: ReadonlySet<number> = new Set([
  ANSWER_TAG.bind,
  ANSWER_TAG.search,
  ANSWER_TAG.modify,
  ANSWER_TAG.add,
  ANSWER_TAG.delete,
  ANSWER_TAG.rename,
  ANSWER_TAG.extended,
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param message one LDAPMessage without its outer header */
export function decodeAnswer(message: Buffer): Answer {
  const [idElement, operation, controls] = readElements(message);
  const messageId = toInteger(contentOf(idElement, TAG.integer));
  if (operation === undefined) throw malformed('a message without an operation');
  const parts = readElements(operation.content);
  if (operation.tag === ANSWER_TAG.searchEntry) {
    return { kind: 'entry', messageId, entry: toEntry(parts) };
  }
  if (operation.tag === ANSWER_TAG.searchReference) {
    const urls = parts.map((part) => contentOf(part, TAG.octetString).toString());
    return { kind: 'reference', messageId, urls };
  }
  if (!RESULT_TAGS.has(operation.tag)) throw malformed(`an answer of kind 0x${operation.tag.toString(16)}`);
  return {
    kind: 'result',
    messageId,
    tag: operation.tag,
    code: toInteger(contentOf(parts[0], TAG.enumerated)),
    diagnostic: toLine(contentOf(parts[2], TAG.octetString)),
    value: parts.find((part) => part.tag === EXTENDED_VALUE_TAG)?.content,
    controls: toControls(controls),
  };
}

/** The content of a SearchResultEntry: a name and a list of attributes. */
export function toEntry(parts: readonly BerElement[]): DirectoryEntry {
  const attributes = new Map<string, readonly Buffer[]>();
  let budget = MOST_ELEMENTS;
  for (const element of readElements(contentOf(parts[1], TAG.sequence))) {
    const [type, values] = readElements(contentOf(element, TAG.sequence));
    const description = decodeText(contentOf(type, TAG.octetString)).toLowerCase();
    const found = readElements(contentOf(values, TAG.set), budget).map((one) =>
      contentOf(one, TAG.octetString),
    );
    budget -= found.length;
    attributes.set(description, [...(attributes.get(description) ?? []), ...found]);
  }
  return { dn: decodeText(contentOf(parts[0], TAG.octetString)), attributes };
}

/** Names must be exact: a name with replaced characters would be another object's. */
function decodeText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('a name that is not UTF-8');
  }
}

function toControls(element: BerElement | undefined): ReadonlyMap<string, Buffer> {
  const values = new Map<string, Buffer>();
  if (element === undefined) return values;
  for (const control of readElements(contentOf(element, CONTROLS_TAG))) {
    const [oid, ...rest] = readElements(contentOf(control, TAG.sequence));
    const value = rest.find((part) => part.tag === TAG.octetString)?.content ?? Buffer.alloc(0);
    values.set(contentOf(oid, TAG.octetString).toString(), value);
  }
  return values;
}

/** The server's words for a log line or a message: one line, without what could steer a terminal. */
function toLine(bytes: Buffer): string {
  return bytes
    .toString()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 1000);
}
