/** The rules forbid this connection: nothing was sent. The message says why, and which setting opens it. */
export class DialRefusedError extends Error {
  override readonly name = 'DialRefusedError';
}
