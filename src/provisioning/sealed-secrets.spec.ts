import { describe, expect, it } from '@jest/globals';
import { SecretBox } from '../platform/secrets/index.js';
import { maskedSecrets, openSecrets, sealSecrets, withoutSecrets } from './sealed-secrets.js';

const box = new SecretBox(Buffer.alloc(32, 1));
const secrets = { password: 'pä$$ "wörd"\n', token: 'abc' };

describe('sealed secrets', () => {
  it('open for their system alone, with the key they were sealed with', () => {
    const sealedSecrets = sealSecrets(box, 'one', secrets);
    expect(openSecrets(box, { id: 'one', sealedSecrets })).toEqual(secrets);
    expect(openSecrets(box, { id: 'two', sealedSecrets })).toEqual({});
    expect(openSecrets(new SecretBox(Buffer.alloc(32, 2)), { id: 'one', sealedSecrets })).toEqual({});
    expect(openSecrets(box, { id: 'one', sealedSecrets: Buffer.alloc(0) })).toEqual({});
  });

  it('show their names only', () => {
    expect(maskedSecrets(secrets)).toEqual({ password: '[secret]', token: '[secret]' });
  });

  it('are taken out of what a system says, unless they are too short to be told from other text', () => {
    const words = `login with ${secrets.password} failed: ${secrets.password} is not abc`;
    expect(withoutSecrets(words, secrets)).toBe('login with [secret] failed: [secret] is not abc');
    expect(withoutSecrets('a $& b', { password: 'secret' })).toBe('a $& b');
  });
});
