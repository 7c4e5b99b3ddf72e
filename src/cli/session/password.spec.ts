import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { CliEnvironment } from '../environment.js';
import { readPassword, readSecretFile } from './password.js';

function setup(
  stdin: Readable,
  variables: Record<string, string> = {},
): CliEnvironment & { shown(): string } {
  const stderr = new PassThrough();
  const environment = { variables, home: '/nowhere', stdin, stdout: new PassThrough(), stderr, now: () => 0 };
  return { ...environment, shown: () => String(stderr.read() ?? '') };
}

function terminal(): PassThrough & { isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY: true });
}

describe('the password of a login', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'provost-password-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function aFile(text: string): Promise<string> {
    const path = join(folder, 'password');
    await writeFile(path, text);
    return path;
  }

  it('is the one line of standard input, its line break apart', async () => {
    const stdin = Readable.from([Buffer.from('žluť'.slice(0, 3)), Buffer.from('ť \n')]);
    expect(await readPassword(setup(stdin), undefined)).toBe('žluť ');
  });

  it('is the one line of the named file, else of the file in the environment', async () => {
    const file = await aFile('correct horse\r\n');
    expect(await readPassword(setup(terminal()), file)).toBe('correct horse');
    expect(await readPassword(setup(terminal(), { PROVOSTCTL_PASSWORD_FILE: file }), undefined)).toBe(
      'correct horse',
    );
  });

  it('is asked for at a terminal and not shown', async () => {
    const stdin = terminal();
    const environment = setup(stdin);
    const asking = readPassword(environment, undefined);
    stdin.write('secrex\u007ft');
    stdin.write('\r');
    expect(await asking).toBe('secret');
    expect(environment.shown()).toBe('Password: \n');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is given up with %s', async (_, key) => {
    const stdin = terminal();
    const asking = readPassword(setup(stdin), undefined);
    stdin.write(key);
    await expect(asking).rejects.toMatchObject({ exitCode: 130 });
  });

  it('is refused when there is none, several lines, too much or no file', async () => {
    const usage = { exitCode: 2 };
    await expect(readPassword(setup(Readable.from([])), undefined)).rejects.toMatchObject(usage);
    await expect(readPassword(setup(terminal()), await aFile('a\nb\n'))).rejects.toMatchObject(usage);
    await expect(readPassword(setup(Readable.from(['x'.repeat(100_000)])), undefined)).rejects.toMatchObject(
      usage,
    );
    await expect(readPassword(setup(terminal()), join(folder, 'none'))).rejects.toMatchObject(usage);
  });
});

describe('the key of a service', () => {
  it('is refused when others can read its file, and the advice is what can be done', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'provost-key-'));
    try {
      const file = join(folder, 'key');
      await writeFile(file, 'provost_key_x\n', { mode: 0o600 });
      expect(await readSecretFile(file, 'key')).toBe('provost_key_x');
      for (const mode of [0o640, 0o604]) {
        await chmod(file, mode);
        await expect(readSecretFile(file, 'key')).rejects.toMatchObject({
          exitCode: 2,
          message: expect.stringMatching(/chmod 600.*provost services keys revoke/),
        });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
