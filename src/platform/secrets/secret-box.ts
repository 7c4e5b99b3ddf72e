// Secrets at rest: each under a data key of its own, which the key of secrets wraps. docs/secrets.md has the format.
import { DataKeyError } from './data-key-error.js';
import { openEnvelope, readEnvelope, rewrapEnvelope, sealEnvelope } from './envelope.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';
import { KeyRing } from './key-ring.js';

export class SecretBox {
  readonly #ring: KeyRing;

  /** @param keys the ring, or the one key of 32 bytes */
  constructor(keys: KeyRing | Buffer) {
    this.#ring = keys instanceof KeyRing ? keys : KeyRing.of(keys);
  }

  /** Names the key that seals, in messages, without telling it. */
  get keyId(): string {
    return this.#ring.current.id;
  }

  /** @param place where the secret lives, such as `provisioning_systems/<id>/secrets`: it opens nowhere else. */
  seal(plain: string, place: string): Buffer {
    return sealEnvelope(this.#ring.current, plain, place);
  }

  /** @throws DataKeyError */
  open(sealed: Buffer, place: string): string {
    return this.#withKeyOf(sealed, place, (key) => openEnvelope(key, sealed, place));
  }

  /** The same secret under the current key; null when it is already. @throws DataKeyError */
  rewrap(sealed: Buffer, place: string): Buffer | null {
    const to = this.#ring.current;
    if (readEnvelope(sealed)?.keyId === to.id) return null;
    return this.#withKeyOf(sealed, place, (from) => rewrapEnvelope({ from, to }, sealed, place));
  }

  #withKeyOf<Result>(
    sealed: Buffer,
    place: string,
    use: (key: KeyEncryptionKey) => Result | undefined,
  ): Result {
    const envelope = readEnvelope(sealed);
    if (envelope === undefined) throw new DataKeyError(`The secret at ${place} is damaged. Enter it again.`);
    for (const key of this.#candidates(envelope.keyId, place)) {
      const result = use(key);
      if (result !== undefined) return result;
    }
    throw new DataKeyError(
      `The secret at ${place} does not open with the key ${this.#ids()}. ` +
        'Start with the key it was stored with (PROVOST_SECRETS_KEY), or enter the secret again.',
    );
  }

  #candidates(keyId: string | null, place: string): readonly KeyEncryptionKey[] {
    if (keyId === null) return this.#ring.all();
    const key = this.#ring.find(keyId);
    if (key !== undefined) return [key];
    throw new DataKeyError(
      `The secret at ${place} is sealed with the key ${keyId}; this process has ${this.#ids()}. ` +
        'Give that key too (PROVOST_SECRETS_PREVIOUS_KEYS), or enter the secret again.',
    );
  }

  #ids(): string {
    return this.#ring
      .all()
      .map(({ id }) => id)
      .join(', ');
  }
}
