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
 * `unsendable`: the request cannot be put into one message · `refused`: the dialer does not go to this address.
 */
export type DirectoryFailure =
  'unreachable' | 'insecure' | 'anonymous' | 'lost' | 'ended' | 'malformed' | 'unsendable' | 'refused';

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
