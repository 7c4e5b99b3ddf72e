// What the secret key of the chain is used for, each purpose with a key of its own (HKDF, RFC 5869).
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What comes before the first seal. */
export const GENESIS = Buffer.alloc(32);

export class ChainKey {
  readonly #seal: KeyObject;
  readonly #head: KeyObject;
  readonly #anchor: KeyObject;
  /** The seal before and the position. */
  readonly #prefix = Buffer.alloc(40);

  /** @param key 32 random bytes */
  constructor(key: Buffer) {
    const purpose = (name: string): KeyObject =>
      createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `provost audit ${name}`, 32)));
    this.#seal = purpose('seal');
    this.#head = purpose('head');
    this.#anchor = purpose('anchor');
  }

  /** The seal of a record's text: HMAC-SHA-256 of the seal before, the position (64 bits) and the text. */
  sealOf = (previous: Uint8Array, position: number, text: string): Buffer => {
    this.#prefix.set(previous);
    this.#prefix.writeBigUInt64BE(BigInt(position), 32);
    return createHmac('sha256', this.#seal).update(this.#prefix).update(text).digest();
  };

  headMac(text: string): Buffer {
    return createHmac('sha256', this.#head).update(text).digest();
  }

  anchorMac(text: string): Buffer {
    return createHmac('sha256', this.#anchor).update(text).digest();
  }
}

export function isMac(given: Buffer, wanted: Buffer): boolean {
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
