import { describe, expect, it } from '@jest/globals';
import { DataKeyError, SecretBox } from './secret-box.js';

const box = new SecretBox(Buffer.alloc(32, 1));

describe('a sealed secret', () => {
  it('opens with its key at its place', () => {
    expect(box.open(box.seal('pässword', 'systems/1/password'), 'systems/1/password')).toBe('pässword');
  });

  it('looks different each time', () => {
    expect(box.seal('same', 'p').equals(box.seal('same', 'p'))).toBe(false);
  });

  it('does not open at another place: rows cannot be swapped', () => {
    expect(() => box.open(box.seal('x', 'systems/1/password'), 'systems/2/password')).toThrow(DataKeyError);
  });

  it('does not open with another key, and says which it was tried with', () => {
    const other = new SecretBox(Buffer.alloc(32, 2));
    expect(() => other.open(box.seal('x', 'p'), 'p')).toThrow(other.keyId);
  });

  it('does not open when any bit was changed or it was cut', () => {
    const sealed = box.seal('secret', 'p');
    for (let index = 0; index < sealed.length; index += 1) {
      const damaged = Buffer.from(sealed);
      damaged[index] = (damaged[index] ?? 0) ^ 1;
      expect(() => box.open(damaged, 'p')).toThrow(DataKeyError);
      expect(() => box.open(sealed.subarray(0, index), 'p')).toThrow(DataKeyError);
    }
  });

  it('refuses a key of another length', () => {
    expect(() => new SecretBox(Buffer.alloc(16))).toThrow('32 bytes');
  });
});
