/** A stored secret cannot be opened, or the key for secrets cannot be used: the message says what to do. */
export class DataKeyError extends Error {
  override readonly name = 'DataKeyError';
}
