// Signed statements of where the chain was, for places that whoever owns the database does not own.
import { sign, verify } from 'node:crypto';
import { z } from 'zod';
import type { ChainKeyPair, SigningKeyPair } from './chain-keys.js';
import { canonical } from './sealed-text.js';

const checkpointFields = z.object({
  position: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  keyId: z.string(),
  signature: z.base64url(),
});

export interface Checkpoint {
  readonly position: number;
  /** The seal at that position, in hexadecimal. */
  readonly hash: string;
  /** When it was signed. */
  readonly at: string;
  /** The thumbprint of the key (RFC 7638). */
  readonly keyId: string;
  /** Ed25519 of the RFC 8785 JSON of the other members, in base64url. */
  readonly signature: string;
}

export function signCheckpoint(
  { keyId, privateKey }: SigningKeyPair,
  end: { readonly position: number; readonly hash: Uint8Array },
  at: Date,
): Checkpoint {
  const statement = {
    position: end.position,
    hash: Buffer.from(end.hash).toString('hex'),
    at: at.toISOString(),
    keyId,
  };
  const signature = sign(null, Buffer.from(canonical(statement)), privateKey).toString('base64url');
  return { ...statement, signature };
}

export function isSigned({ signing }: ChainKeyPair, { signature, ...statement }: Checkpoint): boolean {
  if (statement.keyId !== signing.keyId) return false;
  const text = Buffer.from(canonical(statement));
  return verify(null, text, signing.publicKey, Buffer.from(signature, 'base64url'));
}

/** Undefined when the text is no checkpoint. */
export function readCheckpoint(text: string): Checkpoint | undefined {
  try {
    return checkpointFields.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
