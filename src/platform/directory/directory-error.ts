// Why a directory call failed: the server said no, or there was no (usable) answer.
import { resultName } from './result-codes.js';

export type DirectoryOperation = 'bind' | 'search' | 'add' | 'modify' | 'rename' | 'delete' | 'extended';

/** The server's own answer: a result code other than success (RFC 4511 §4.1.9). */
export class DirectoryResultError extends Error {
  override readonly name = 'DirectoryResultError';

  constructor(
    readonly operation: DirectoryOperation,
    readonly code: number,
    /** The server's words; may be empty. */
    readonly diagnostic: string,
  ) {
    super(`${resultName(code)} (${code})${diagnostic === '' ? '' : `: ${diagnostic}`}`);
  }
}

/**
 * `unreachable`: no connection came about · `insecure`: TLS could not be established as demanded ·
 * `anonymous`: the server took the password but not the identity · `lost`: the connection broke ·
 * `ended`: the caller or the deadline ended the call · `malformed`: an answer that is not LDAP, or beyond a limit ·
 * `unsendable`: the request cannot be put into one message.
 */
export type DirectoryFailure =
  'unreachable' | 'insecure' | 'anonymous' | 'lost' | 'ended' | 'malformed' | 'unsendable';

export class DirectoryConnectionError extends Error {
  override readonly name = 'DirectoryConnectionError';
  /** `unknown` once a change was handed to the socket: the server may have applied it. */
  readonly effect: 'none' | 'unknown';

  constructor(
    readonly failure: DirectoryFailure,
    message: string,
    details: { effect?: 'none' | 'unknown'; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.effect = details.effect ?? 'none';
  }
}

/** What an error says; where several addresses were tried, what each of them said. */
export function wordsOf(error: unknown): string {
  // By its shape: errors of Node's own may come from another realm than our `Error`.
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.map((one) => wordsOf(one)).join('; ');
  }
  return 'message' in error ? String(error.message) : 'an error without words';
}

/** The code of a system or TLS error; empty when there is none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
