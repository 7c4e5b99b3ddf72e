// What happens to the key file on disk: who may read it, what survives a loss of power, how a repair is noticed.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { skipped } from '../../../test/support/skipped.js';

const steps: string[] = [];
// The file system itself does the work; only the order in which it is asked is noted.
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  fsyncSync: (file: number): void => {
    steps.push(fs.fstatSync(file).isDirectory() ? 'directory on disk' : 'content on disk');
    fs.fsyncSync(file);
  },
  linkSync: (from: string, to: string): void => {
    steps.push('name');
    fs.linkSync(from, to);
  },
  renameSync: (from: string, to: string): void => {
    steps.push('name');
    fs.renameSync(from, to);
  },
}));
const { KeyFile } = await import('./key-file.js');

const itAsRoot = process.getuid?.() === 0 ? it : skipped('only root can give a file to somebody else');

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'provost-key-file-'));
  steps.length = 0;
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

describe('the key file', () => {
  it('is on disk under its name before anything is sealed with its keys', () => {
    const file = KeyFile.make(folder);
    expect(steps).toEqual(['content on disk', 'name', 'directory on disk']);
    steps.length = 0;
    file.addKey();
    expect(steps).toEqual(['content on disk', 'name', 'directory on disk']);
  });

  itAsRoot('stays with the service when root replaces a key', async () => {
    const file = KeyFile.make(folder);
    fs.chownSync(file.path, 12_345, 23_456);
    file.addKey();
    expect(fs.statSync(file.path)).toMatchObject({ uid: 12_345, gid: 23_456, mode: 0o100600 });
    file.keepCurrent();
    expect(fs.statSync(file.path)).toMatchObject({ uid: 12_345, gid: 23_456, mode: 0o100600 });
  });

  it('is tried again until it can be read, even when the repair leaves its time and size, and says so once', () => {
    const said = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const file = KeyFile.make(folder);
    const first = file.read();
    KeyFile.open(folder).addKey();
    const whole = fs.readFileSync(file.path, 'utf8');
    const { atime, mtime } = fs.statSync(file.path);
    fs.writeFileSync(file.path, '-'.repeat(whole.length));
    fs.utimesSync(file.path, atime, mtime);
    expect(file.readIfChanged()).toBeUndefined();
    expect(file.readIfChanged()).toBeUndefined();
    expect(said).toHaveBeenCalledTimes(1);

    fs.writeFileSync(file.path, whole);
    fs.utimesSync(file.path, atime, mtime);
    expect(file.readIfChanged()?.slice(1)).toEqual(first);
    expect(file.readIfChanged()).toBeUndefined();
    expect(said).toHaveBeenCalledTimes(1);
  });

  it('is not made by what only opens it', () => {
    expect(() => KeyFile.open(folder)).toThrow('There is no');
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
