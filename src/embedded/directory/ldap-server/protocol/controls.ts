// The request controls this server honours, and the response controls that answer them.
import { BerError, BerReader, integer, octetString, sequence } from './ber.js';
import { readFilter } from './filter.js';
import type { Filter } from './filter.js';
import { readTexts } from './request.js';
import type { Control, LdapRequest } from './request.js';
import { encodeEntry } from './response.js';
import type { SearchEntry } from './response.js';
import { LdapFailure, ResultCode } from './result.js';

/** What the controls of a request ask for, beyond the operation itself. */
export interface RequestControls {
  /** RFC 4528: the operation happens only while this filter matches its entry. */
  readonly assertion?: Filter;
  /** RFC 4527: attributes to return as they were before, or are after, the write. */
  readonly preRead?: readonly string[];
  readonly postRead?: readonly string[];
  /** RFC 2696. */
  readonly paged?: { readonly size: number; readonly cookie: Buffer };
}

type Kind = LdapRequest['kind'];

const ASSERTION = '1.3.6.1.1.12';
const PRE_READ = '1.3.6.1.1.13.1';
const POST_READ = '1.3.6.1.1.13.2';
const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const MANAGE_DSA_IT = '2.16.840.1.113730.3.4.2';

const assertable: readonly Kind[] = ['search', 'add', 'modify', 'delete', 'rename', 'compare'];

interface Support {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** Undefined: the control has no value. */
  readonly read?: (value: Buffer) => RequestControls;
}

const supported: ReadonlyMap<string, Support> = new Map<string, Support>([
  [
    ASSERTION,
    { name: 'assert', kinds: assertable, read: (value) => ({ assertion: readFilter(new BerReader(value)) }) },
  ],
  [
    PRE_READ,
    {
      name: 'pre-read',
      kinds: ['modify', 'delete', 'rename'],
      read: (value) => ({ preRead: selection(value) }),
    },
  ],
  [
    POST_READ,
    {
      name: 'post-read',
      kinds: ['add', 'modify', 'rename'],
      read: (value) => ({ postRead: selection(value) }),
    },
  ],
  [PAGED_RESULTS, { name: 'paged results', kinds: ['search'], read: readPaged }],
  // Referral entries do not exist here, so every operation manages the tree itself already.
  [MANAGE_DSA_IT, { name: 'manageDSAit', kinds: assertable }],
]);

export const supportedControls: readonly string[] = [...supported.keys()];

/**
 * Understands the controls of a request. Throws `LdapFailure` 12 for a critical one that is unknown
 * or does not fit the operation, 2 for one that is malformed or given twice.
 */
export function readRequestControls(kind: Kind, controls: readonly Control[]): RequestControls {
  const seen = new Set<string>();
  let wanted: RequestControls = {};
  for (const { oid, critical, value } of controls) {
    const support = supported.get(oid);
    if (support === undefined || !support.kinds.includes(kind)) {
      if (!critical) continue;
      const fault = support === undefined ? 'not recognized' : 'unavailable';
      throw new LdapFailure(ResultCode.unavailableCriticalExtension, `critical extension is ${fault}`);
    }
    if (seen.has(oid)) throw malformed(`${support.name} control specified multiple times`);
    seen.add(oid);
    if (support.read === undefined) continue;
    if (value === undefined) throw malformed(`${support.name} control value is absent`);
    wanted = { ...wanted, ...readValue(support.name, () => support.read?.(value)) };
  }
  return wanted;
}

/** An empty cookie says that this was the last page. */
export function pagedResultsResponse(cookie: Buffer): Buffer {
  // The size is an estimate of the whole result; 0 means that the server does not know.
  return responseControl(PAGED_RESULTS, sequence(integer(0), octetString(cookie)));
}

export function preReadResponse(entry: SearchEntry): Buffer {
  return responseControl(PRE_READ, encodeEntry(entry));
}

export function postReadResponse(entry: SearchEntry): Buffer {
  return responseControl(POST_READ, encodeEntry(entry));
}

function responseControl(oid: string, value: Buffer): Buffer {
  return sequence(octetString(oid), octetString(value));
}

function readPaged(value: Buffer): RequestControls {
  const fields = new BerReader(value).enter();
  return { paged: { size: fields.integer(), cookie: fields.octets() } };
}

function selection(value: Buffer): string[] {
  return readTexts(new BerReader(value).enter());
}

function readValue(name: string, read: () => RequestControls | undefined): RequestControls {
  try {
    return read() ?? {};
  } catch (error) {
    if (error instanceof BerError) throw malformed(`${name} control could not be decoded: ${error.message}`);
    throw error;
  }
}

function malformed(message: string): LdapFailure {
  return new LdapFailure(ResultCode.protocolError, message);
}
