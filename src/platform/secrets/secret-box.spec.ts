import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DataKeyError } from './data-key-error.js';
import { KeyRing } from './key-ring.js';
import { SecretBox } from './secret-box.js';

const FIRST = Buffer.alloc(32, 1);
const SECOND = Buffer.alloc(32, 2);
const box = new SecretBox(FIRST);

describe('a sealed secret', () => {
  it('opens with its key at its place', () => {
    expect(box.open(box.seal('pässword', 'systems/1/password'), 'systems/1/password')).toBe('pässword');
    expect(box.open(box.seal('', 'p'), 'p')).toBe('');
  });

  it('names its format and its key, and not its text', () => {
    const sealed = box.seal('canary-canary', 'p');
    expect(sealed.subarray(0, 7).toString('hex')).toBe(`02${box.keyId}`);
    expect(sealed.includes('canary')).toBe(false);
  });

  it('has a data key and nonces of its own: the same text looks different each time', () => {
    const [one, other] = [box.seal('same', 'p'), box.seal('same', 'p')];
    expect(one.subarray(7).equals(other.subarray(7))).toBe(false);
    expect(one.subarray(7, 19).equals(other.subarray(7, 19))).toBe(false);
    expect(one.subarray(67, 79).equals(other.subarray(67, 79))).toBe(false);
  });

  it('does not open at another place: rows cannot be swapped', () => {
    expect(() => box.open(box.seal('x', 'systems/1/password'), 'systems/2/password')).toThrow(DataKeyError);
  });

  it('does not open when its text is put behind the wrapped data key of another value', () => {
    const [one, other] = [box.seal('one', 'p'), box.seal('other', 'p')];
    const spliced = Buffer.concat([one.subarray(0, 67), other.subarray(67)]);
    expect(() => box.open(spliced, 'p')).toThrow(DataKeyError);
  });

  it('does not open with another key, and says which it needs and which there is', () => {
    const other = new SecretBox(SECOND);
    expect(() => other.open(box.seal('x', 'p'), 'p')).toThrow(
      new RegExp(`sealed with the key ${box.keyId}; this process has ${other.keyId}`),
    );
  });

  it('does not open when any bit was changed or it was cut', () => {
    const sealed = box.seal('secret', 'p');
    for (let index = 0; index < sealed.length; index += 1) {
      for (const bit of [1, 2, 128]) {
        const damaged = Buffer.from(sealed);
        damaged[index] = (damaged[index] ?? 0) ^ bit;
        expect(() => box.open(damaged, 'p')).toThrow(DataKeyError);
        expect(() => box.rewrap(damaged, 'p') ?? box.open(damaged, 'p')).toThrow(DataKeyError);
      }
      expect(() => box.open(sealed.subarray(0, index), 'p')).toThrow(DataKeyError);
    }
  });

  it('refuses a key of another length', () => {
    expect(() => new SecretBox(Buffer.alloc(16))).toThrow('32 bytes');
  });
});

describe('a secret under a previous key', () => {
  const both = new SecretBox(KeyRing.of(SECOND, FIRST));

  it('opens, and is wrapped anew under the current one without changing its text', () => {
    const sealed = box.seal('secret', 'p');
    const rewrapped = both.rewrap(sealed, 'p') ?? Buffer.alloc(0);

    expect(both.open(sealed, 'p')).toBe('secret');
    expect(new SecretBox(SECOND).open(rewrapped, 'p')).toBe('secret');
    expect(rewrapped.subarray(67).equals(sealed.subarray(67))).toBe(true);
    expect(() => box.open(rewrapped, 'p')).toThrow(DataKeyError);
    expect(() => both.open(rewrapped, 'another place')).toThrow(DataKeyError);
  });

  it('is left alone when it is under the current key', () => {
    expect(both.rewrap(both.seal('secret', 'p'), 'p')).toBeNull();
  });

  it('is not taken for another: a header that names the other key does not open', () => {
    const sealed = box.seal('secret', 'p');
    const renamed = Buffer.concat([both.seal('x', 'p').subarray(0, 7), sealed.subarray(7)]);
    expect(() => both.open(renamed, 'p')).toThrow(DataKeyError);
  });
});

describe('a secret of the format before data keys', () => {
  const old = sealOld(FIRST, 'kept since version 0.1', 'systems/1/secrets');

  it('opens with whichever key of the ring it was sealed with', () => {
    expect(box.open(old, 'systems/1/secrets')).toBe('kept since version 0.1');
    expect(new SecretBox(KeyRing.of(SECOND, FIRST)).open(old, 'systems/1/secrets')).toBe(
      'kept since version 0.1',
    );
  });

  it('gets a data key when it is wrapped, also under the same key', () => {
    for (const keys of [KeyRing.of(FIRST), KeyRing.of(SECOND, FIRST)]) {
      const rewrapped = new SecretBox(keys).rewrap(old, 'systems/1/secrets') ?? Buffer.alloc(0);
      expect(rewrapped[0]).toBe(2);
      expect(new SecretBox(keys).open(rewrapped, 'systems/1/secrets')).toBe('kept since version 0.1');
    }
  });

  it('does not open at another place or with another key', () => {
    expect(() => box.open(old, 'systems/2/secrets')).toThrow(DataKeyError);
    expect(() => new SecretBox(SECOND).open(old, 'systems/1/secrets')).toThrow(DataKeyError);
  });
});

/** As version 0.1 wrote it. */
function sealOld(key: Buffer, plain: string, place: string): Buffer {
  const nonce = Buffer.alloc(12, 9);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), text]);
}
