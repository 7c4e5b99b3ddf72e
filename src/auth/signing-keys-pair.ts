// One key pair of ES256: made, named, and written for other parties.
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** A public key as other parties read it (RFC 7517, RFC 7518 §6.2). */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** Where the private key is sealed: it opens under no other name. */
export function placeOf(kid: string): string {
  return `auth_signing_keys/${kid}`;
}

export async function makeKeyPair(): Promise<{ readonly kid: string; readonly privatePem: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { kid: thumbprintOf(publicKey), privatePem };
}

export function publicJwkOf(key: KeyObject): Pick<PublicJwk, 'kty' | 'crv' | 'x' | 'y'> {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x, y };
}

/** RFC 7638: the members that define the key, in alphabetical order. */
function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = publicJwkOf(key);
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
