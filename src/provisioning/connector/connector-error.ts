/**
 * Why a call to a system failed. The first group passes by itself, the second needs the system's
 * configuration, the third is about this one object.
 */
export type ConnectorErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'busy'
  | 'rate-limited'
  | 'invalid-credentials'
  | 'permission-denied'
  | 'misconfigured'
  | 'already-exists'
  | 'not-found'
  | 'parent-missing'
  | 'stale'
  | 'conflict'
  | 'invalid-attribute';

export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  /** Whether the system may have applied the change: `unknown` once a request went out and no answer came. */
  readonly effect: 'none' | 'unknown';
  /** The attribute the system named, when it did. */
  readonly attribute: string | undefined;
  readonly retryAfterMs: number | undefined;

  /** @param message the system's own words, without secrets */
  constructor(
    readonly code: ConnectorErrorCode,
    message: string,
    details: { effect?: 'none' | 'unknown'; attribute?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.effect = details.effect ?? 'none';
    this.attribute = details.attribute;
    this.retryAfterMs = details.retryAfterMs;
  }
}
