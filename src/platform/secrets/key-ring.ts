// The keys this process has: the current one seals, the previous ones still open.
import { KeyEncryptionKey } from './key-encryption-key.js';

/** Newest first. */
export type Keys = readonly [KeyEncryptionKey, ...KeyEncryptionKey[]];

export class KeyRing {
  #keys: Keys;

  /** @param newer the keys as they are now, or undefined when nothing has changed since it was last asked */
  constructor(
    keys: Keys,
    private readonly newer: () => Keys | undefined = () => undefined,
  ) {
    this.#keys = keys;
  }

  /** @param keys 32 bytes each, newest first */
  static of(...[current, ...previous]: [Buffer, ...Buffer[]]): KeyRing {
    return new KeyRing([new KeyEncryptionKey(current), ...previous.map((key) => new KeyEncryptionKey(key))]);
  }

  /** The key that seals: asked anew each time, because another process may have replaced it. */
  get current(): KeyEncryptionKey {
    return this.all()[0];
  }

  /** Looks again before it says that there is no such key. */
  find(id: string): KeyEncryptionKey | undefined {
    return this.#known(id) ?? this.all().find((key) => key.id === id);
  }

  all(): Keys {
    this.#keys = this.newer() ?? this.#keys;
    return this.#keys;
  }

  #known(id: string): KeyEncryptionKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }
}
