import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './session-lock.js';

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

  it('lets one at a time in', async () => {
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      withLock(path, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(setImmediate);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 20 }, enter));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over from a process that died, by one of many who see it', async () => {
    await symlink(`${hostname()}:${deadPid()}:${randomUUID()}`, path);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLock(path, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise(setImmediate);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
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
