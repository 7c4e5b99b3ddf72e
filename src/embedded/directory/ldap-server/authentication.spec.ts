import { describe, expect, it } from '@jest/globals';
import { isPassword } from './authentication.js';

describe('isPassword', () => {
  it.each<[string, string, boolean]>([
    ['secret', 'secret', true],
    ['secret', 'Secret', false],
    ['{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'secret', true],
    ['{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'secret', true],
    ['{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0', 'secret', true],
    ['{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0', 'other', false],
    ['{SSHA}', '', false],
    ['{SSHA}', 'secret', false],
    // Schemes we cannot check let nobody in, least of all who knows the stored text.
    ['{CRYPT}x', '{CRYPT}x', false],
    ['{ARGON2}$argon2id$x', 'secret', false],
  ])('%j for %j: %s', (stored, given, verdict) => {
    expect(isPassword(Buffer.from(stored), Buffer.from(given))).toBe(verdict);
  });
});
