// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, laid out as nonce, tag, text.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const KEY_BYTES = 32;
/** What encryption adds to a text. */
export const OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

/** @param bound what the text is bound to: it decrypts with exactly that beside it. */
export function encrypt(key: Buffer, text: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const encrypted = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
}

/** Undefined when the key, the text or what it is bound to is not the same. */
export function decrypt(key: Buffer, encrypted: Buffer, bound: Buffer): Buffer | undefined {
  if (encrypted.length < OVERHEAD_BYTES) return undefined;
  const nonce = encrypted.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound);
  decipher.setAuthTag(encrypted.subarray(NONCE_BYTES, OVERHEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(encrypted.subarray(OVERHEAD_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
