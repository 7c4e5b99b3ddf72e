import { inspect } from 'node:util';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { installationKeys } from './installation-keys.js';
import { SecretBox } from './secret-box.js';
import { secretsSettings, type SecretsSettings } from './secrets.config.js';

const NOTHING: SecretsSettings = { key: undefined, previousKeys: [] };
const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provost-keys-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('the keys of an installation that configures none', () => {
  it('are made once, in a file that only its owner can read', () => {
    const [first, second] = [installationKeys(NOTHING, folder), installationKeys(NOTHING, folder)];
    expect(first.ring.current.id).toBe(second.ring.current.id);
    expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secrets.key']);
  });

  it('are learned by a node that runs while another process adds one: it opens and seals with the new one', () => {
    const { ring } = installationKeys(NOTHING, folder);
    const node = new SecretBox(ring);
    const before = node.seal('before', 'p');
    const { file, ring: other } = installationKeys(NOTHING, folder);
    file?.addKey();

    expect(node.open(new SecretBox(other).seal('after', 'p'), 'p')).toBe('after');
    expect(node.keyId).toBe(other.current.id);
    expect(node.open(before, 'p')).toBe('before');
    expect(readFileSync(join(folder, 'secrets.key'), 'utf8').split('\n')).toHaveLength(3);
    expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
    file?.keepCurrent();
    node.seal('looks at the file', 'p');
    expect(() => node.open(before, 'p')).toThrow('sealed with the key');
  });

  it('stay as they were read while the file is gone or damaged, and the next start says so', () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { ring, file } = installationKeys(NOTHING, folder);
    const node = new SecretBox(ring);
    const sealed = node.seal('x', 'p');
    writeFileSync(file?.path ?? '', 'half a k');
    expect(node.open(sealed, 'p')).toBe('x');
    expect(() => installationKeys(NOTHING, folder)).toThrow('Restore it from a backup');
    rmSync(file?.path ?? '');
    expect(node.open(node.seal('y', 'p'), 'p')).toBe('y');
  });

  it('are said to be weak when others can read the file', () => {
    const { file } = installationKeys(NOTHING, folder);
    expect(file?.weakness()).toBeUndefined();
    chmodSync(file?.path ?? '', 0o640);
    expect(file?.weakness()).toContain('chmod 600');
  });

  it('tell themselves to nobody', () => {
    const { ring } = installationKeys(NOTHING, folder);
    const key = readFileSync(join(folder, 'secrets.key'), 'utf8').trim();
    const shown = `${inspect(ring, { depth: 9, showHidden: true })}${JSON.stringify(ring)}${JSON.stringify(ring.current)}`;
    expect(shown).toContain(ring.current.id);
    expect(shown).not.toContain(key);
    expect(shown).not.toContain(Buffer.from(key, 'base64').toString('hex').slice(0, 8));
  });
});

describe('the configured keys', () => {
  it('are the one that seals and those that still open, and leave no file', () => {
    const old = new SecretBox(Buffer.alloc(32, 1)).seal('x', 'p');
    const { ring, file } = installationKeys({ key: keyOf(2), previousKeys: [keyOf(1)] }, folder);
    expect(file).toBeNull();
    expect(new SecretBox(ring).open(old, 'p')).toBe('x');
    expect(new SecretBox(ring).keyId).toBe(new SecretBox(Buffer.alloc(32, 2)).keyId);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are read with commas or line breaks between, and refused when one is no key', () => {
    const { schema } = secretsSettings.shape.previousKeys;
    expect(schema.parse(`${keyOf(1)}, ${keyOf(2)}\n`)).toEqual([keyOf(1), keyOf(2)]);
    expect(schema.parse(undefined)).toEqual([]);
    expect(schema.safeParse(`${keyOf(1)},short`).success).toBe(false);
  });
});
