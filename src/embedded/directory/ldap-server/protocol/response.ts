// LDAP responses (RFC 4511 §4) from plain data to bytes.
import { element, enumerated, integer, octetString, sequence, Tag } from './ber.js';
import { ResultCode } from './result.js';
import type { AttributeValues, LdapRequest } from './request.js';

/** What ends an operation. */
export interface LdapResult {
  readonly code: ResultCode;
  readonly matchedDn?: string;
  readonly message?: string;
  /** Response controls, encoded. */
  readonly controls?: readonly Buffer[];
  /** The value of an extended response. */
  readonly value?: string;
}

/** An entry as a client receives it. */
export interface SearchEntry {
  readonly dn: string;
  readonly attributes: readonly AttributeValues[];
}

type AnsweredKind = Exclude<LdapRequest['kind'], 'unbind' | 'abandon'>;

const ENTRY_TAG = 0x64;
const CONTROLS_TAG = 0xa0;
const EXTENDED_TAG = 0x78;
const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036';

const resultTags: Readonly<Record<AnsweredKind, number>> = {
  bind: 0x61,
  search: 0x65,
  modify: 0x67,
  add: 0x69,
  delete: 0x6b,
  rename: 0x6d,
  compare: 0x6f,
  extended: EXTENDED_TAG,
};

/** The message that ends an operation. */
export function writeResult(id: number, kind: AnsweredKind, result: LdapResult): Buffer {
  const { controls = [], value } = result;
  return sequence(
    integer(id),
    element(
      resultTags[kind],
      ...resultFields(result),
      ...(value === undefined ? [] : [octetString(value, 0x8b)]),
    ),
    ...(controls.length === 0 ? [] : [element(CONTROLS_TAG, ...controls)]),
  );
}

/** The message that carries one entry of a search. */
export function writeEntry(id: number, entry: SearchEntry): Buffer {
  return sequence(integer(id), encodeEntry(entry));
}

/** The bare SearchResultEntry, as the read-entry controls carry it too (RFC 4527). */
export function encodeEntry({ dn, attributes }: SearchEntry): Buffer {
  return element(ENTRY_TAG, octetString(dn), sequence(...attributes.map(encodeAttribute)));
}

/** Tells the client that the server closes the connection because of what it sent (RFC 4511 §4.4.1). */
export function writeNoticeOfDisconnection(message: string): Buffer {
  const fields = resultFields({ code: ResultCode.protocolError, message });
  return sequence(integer(0), element(EXTENDED_TAG, ...fields, octetString(NOTICE_OF_DISCONNECTION, 0x8a)));
}

function resultFields({ code, matchedDn = '', message = '' }: LdapResult): Buffer[] {
  return [enumerated(code), octetString(matchedDn), octetString(message)];
}

function encodeAttribute({ name, values }: AttributeValues): Buffer {
  return sequence(octetString(name), element(Tag.set, ...values.map((value) => octetString(value))));
}
