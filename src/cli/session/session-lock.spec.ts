import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLockOf, withLock } from './session-lock.js';

describe('the session lock', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'provost-lock-'));
    path = join(folder, 'session.json.lock');
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** A process that is dead for certain, having been waited for. */
  const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

  /** The most that were inside together when `count` want in at once. */
  async function crowd(count: number): Promise<number> {
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      withLock(path, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(setImmediate);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: count }, enter));
    return most;
  }

  it('lets one at a time in', async () => {
    expect(await crowd(20)).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over from a process that died, by one of many who see it', async () => {
    const pid = deadPid();
    for (let round = 0; round < 5; round += 1) {
      await symlink(`${hostname()}:${pid}:${randomUUID()}`, path);
      expect(await crowd(8)).toBe(1);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('is left to its new holder by whoever still sees the dead one', async () => {
    const holder = `${hostname()}:${process.pid}:${randomUUID()}`;
    await symlink(holder, path);
    await removeLockOf(path, `${hostname()}:${deadPid()}:${randomUUID()}`);
    expect(await readdir(folder)).toEqual(['session.json.lock']);
    expect(await readlink(path)).toBe(holder);
  });

  it.each([
    ['lives', `${hostname()}:${process.pid}:${randomUUID()}`],
    ['is on another machine', `elsewhere.example:1:${randomUUID()}`],
    ['cannot be told', 'x'],
    ['would be a group of processes', `${hostname()}:-1:x`],
  ])('is left to a holder that %s', async (_, holder) => {
    await symlink(holder, path);
    let hasEntered = false;
    const entering = withLock(path, async () => {
      hasEntered = true;
    });
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(hasEntered).toBe(false);
    expect(await readlink(path)).toBe(holder);
    await rm(path);
    await entering;
    expect(hasEntered).toBe(true);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });
});
