import { hash as argon2 } from '@node-rs/argon2';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { PasswordHashing } from './password-hashing.js';

const passwords = new PasswordHashing({ hashingParallelCount: 2, hashingWaitingCount: 4 });

beforeAll(() => {
  Logger.overrideLogger(false);
});

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

  it.each([
    ['4 GiB of memory', (phc: string) => phc.replace('m=19456', 'm=4194304')],
    ['more memory than there are numbers for', (phc: string) => phc.replace('m=19456', 'm=99999999999')],
    ['65 MiB of memory', (phc: string) => phc.replace('m=19456', 'm=65537')],
    ['eleven passes', (phc: string) => phc.replace('t=2', 't=11')],
    ['five lanes', (phc: string) => phc.replace('p=1', 'p=5')],
    ['argon2i', (phc: string) => phc.replace('argon2id', 'argon2i')],
    ['an old version', (phc: string) => phc.replace('v=19', 'v=16')],
    ['a parameter twice', (phc: string) => phc.replace('t=2', 't=2,t=2')],
    [
      'a salt of a megabyte',
      (phc: string) => phc.replace(/\$[^$]+\$([^$]+)$/, `$${'A'.repeat(1_000_000)}$$$1`),
    ],
    ['nothing', () => ''],
    ['a hash of another kind', () => '{SSHA}0c5t8kTnqmyc2oSDzBKJ1b7d2yM4QzA5'],
  ])('says no to a stored hash with %s, after the work of an ordinary one', async (_, damage) => {
    const narrow = new PasswordHashing({ hashingParallelCount: 1, hashingWaitingCount: 0 });
    await narrow.prepare();
    const running = narrow.verify('correct horse', damage(await passwords.hash('correct horse')));
    await expect(narrow.verify('correct horse', undefined)).rejects.toMatchObject({ status: 503 });
    expect(await running).toBe(false);
  });

  it.each([
    ['as they are made today', {}, false],
    ['of more work', { memoryCost: 32_768 }, false],
    ['of less memory', { memoryCost: 9_728, timeCost: 4 }, true],
    ['of one pass', { timeCost: 1 }, true],
    ['of a short output', { outputLen: 16 }, true],
  ])('knows which hashes are to be made again: those %s', async (_, change, isOutdated) => {
    const present = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };
    const phc = await argon2('correct horse', { ...present, ...change });
    expect(passwords.isOutdated(phc)).toBe(isOutdated);
    expect(await passwords.verify('correct horse', phc)).toBe(true);
  });
});
