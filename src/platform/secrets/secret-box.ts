// Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the place of a secret is bound to its text.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** The stored secret cannot be opened: another key, another place, or damaged. */
export class DataKeyError extends Error {
  override readonly name = 'DataKeyError';
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class SecretBox {
  /** Names the key in messages and check values without telling it. */
  readonly keyId: string;
  readonly #key: Buffer;

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new DataKeyError('The key for secrets must have 32 bytes.');
    this.#key = key;
    this.keyId = createHash('sha256').update('provost key id').update(key).digest('hex').slice(0, 12);
  }

  /** @param place where the secret lives, such as `provisioning_systems/<id>/password`: it opens nowhere else. */
  seal(plain: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.from(place));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text]);
  }

  /** @throws DataKeyError */
  open(sealed: Buffer, place: string): string {
    if (sealed[0] !== VERSION || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) {
      throw new DataKeyError(`The secret at ${place} is damaged. Enter it again.`);
    }
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(1, 1 + NONCE_BYTES));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([
        decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8');
    } catch {
      throw new DataKeyError(
        `The secret at ${place} does not open with the key ${this.keyId}. ` +
          'Start with the key it was stored with (PROVOST_SECRETS_KEY), or enter the secret again.',
      );
    }
  }
}
