// Tokens that mean nothing by themselves: 256 random bits, known to the database only by their hash.
import { createHash, randomBytes } from 'node:crypto';

export interface OpaqueToken {
  /** Goes to its bearer, once. */
  readonly text: string;
  /** Is stored. */
  readonly hash: Buffer;
}

export function makeOpaqueToken(): OpaqueToken {
  const text = randomBytes(32).toString('base64url');
  return { text, hash: hashOpaqueToken(text) };
}

/** SHA-256 is enough here: nobody can guess 256 random bits. */
export function hashOpaqueToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
