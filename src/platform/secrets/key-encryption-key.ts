// A key that wraps the data keys of secrets. Its bytes never leave this object; its id may be shown.
import { createHash } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES } from './authenticated-encryption.js';
import { DataKeyError } from './data-key-error.js';

export const KEY_ID_BYTES = 6;

export class KeyEncryptionKey {
  /** Names the key in sealed values, messages and check values without telling it: 12 hexadecimal digits. */
  readonly id: string;
  readonly #bytes: Buffer;

  /** @param bytes 32 bytes */
  constructor(bytes: Buffer) {
    if (bytes.length !== KEY_BYTES)
      throw new DataKeyError(`The key for secrets must have ${KEY_BYTES} bytes.`);
    this.#bytes = bytes;
    const digest = createHash('sha256').update('provost key id').update(bytes).digest();
    this.id = digest.subarray(0, KEY_ID_BYTES).toString('hex');
  }

  encrypt(text: Buffer, bound: Buffer): Buffer {
    return encrypt(this.#bytes, text, bound);
  }

  /** Undefined when it was not encrypted with this key and bound to this. */
  decrypt(encrypted: Buffer, bound: Buffer): Buffer | undefined {
    return decrypt(this.#bytes, encrypted, bound);
  }
}
