import { describe, expect, it } from '@jest/globals';
import { PasswordHashing } from './password-hashing.js';

const passwords = new PasswordHashing({ hashingParallelCount: 2, hashingWaitingCount: 4 });

describe('PasswordHashing', () => {
  it('uses argon2id with 19 MiB, two passes and a salt of its own', async () => {
    const [first, second] = await Promise.all([
      passwords.hash('correct horse'),
      passwords.hash('correct horse'),
    ]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(second).not.toBe(first);
  });

  it('knows the password again, however its accents were typed', async () => {
    const hash = await passwords.hash('r\u00e9sum\u00e9 r\u00e9sum\u00e9');
    expect(await passwords.verify('re\u0301sume\u0301 re\u0301sume\u0301', hash)).toBe(true);
    expect(await passwords.verify('resume resume', hash)).toBe(false);
  });

  it('tells passwords apart that share their first 72 bytes or go on after NUL', async () => {
    const hash = await passwords.hash(`${'x'.repeat(80)}\u0000a`);
    expect(await passwords.verify(`${'x'.repeat(80)}\u0000b`, hash)).toBe(false);
  });

  it('says no for nobody', async () => {
    expect(await passwords.verify('correct horse', undefined)).toBe(false);
  });

  it('does the work for nobody as well', async () => {
    const narrow = new PasswordHashing({ hashingParallelCount: 1, hashingWaitingCount: 0 });
    await narrow.prepare();
    const running = narrow.verify('correct horse', undefined);
    await expect(narrow.verify('correct horse', undefined)).rejects.toMatchObject({ status: 503 });
    expect(await running).toBe(false);
  });

  it('answers 503 with a time to come back when too many wait', async () => {
    const narrow = new PasswordHashing({ hashingParallelCount: 1, hashingWaitingCount: 0 });
    const running = narrow.hash('correct horse');
    await expect(narrow.hash('correct horse')).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
    });
    expect(await running).toContain('$argon2id$');
  });
});
