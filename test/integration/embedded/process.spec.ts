import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findOrphan,
  freePort,
  isAlive,
  lockDirectory,
  readPid,
  spawnManaged,
  terminate,
  type ManagedProcess,
} from '../../../src/embedded/process/index.js';

let directory: string;
let started: ManagedProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'provost-process-'));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map(({ pid }) => terminate(pid, 0)));
  await rm(directory, { recursive: true });
});

/** Runs a script under sh; `$0` is `mark`. Resolves once it has printed "up". */
async function start(script: string, mark = 'mark'): Promise<ManagedProcess & { output(): string }> {
  const outputFile = join(directory, 'output');
  const child = await spawnManaged({
    command: '/bin/sh',
    args: ['-c', script, mark],
    outputFile,
    pidFile: join(directory, 'pid'),
    env: { PATH: '/usr/bin:/bin', GREETING: 'hello' },
  });
  started.push(child);
  const output = (): string => readFileSync(outputFile, 'utf8');
  while (!output().includes('up')) await new Promise((resolve) => setTimeout(resolve, 5));
  return { ...child, output };
}

const WAIT = 'echo up; while :; do sleep 0.05; done';

describe('spawnManaged', () => {
  it('notes the pid and gives the process nothing but the environment it was told to', async () => {
    const child = await start('echo "$GREETING [$HOME]"; echo up');

    expect(readPid(join(directory, 'pid'))).toBe(child.pid);
    expect(child.output()).toContain('hello []');
    await expect(child.exited).resolves.toEqual({ code: 0, signal: null });
  });

  it('keeps what the run before printed', async () => {
    await (
      await start('echo up first')
    ).exited;
    await (
      await start('echo up second')
    ).exited;

    expect(readFileSync(join(directory, 'output'), 'utf8')).toBe('up second\n');
    expect(readFileSync(join(directory, 'output.1'), 'utf8')).toBe('up first\n');
  });

  it('does not write through a link that lies where its output goes', async () => {
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(directory, 'output'));

    await (
      await start('echo up')
    ).exited;

    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  it('rejects when the command cannot be run', async () => {
    const outputFile = join(directory, 'output');
    await expect(
      spawnManaged({ command: join(directory, 'absent'), args: [], outputFile, env: {} }),
    ).rejects.toThrow(/ENOENT/);
  });
});

describe('findOrphan', () => {
  it('finds a living process by its pid file and one whole argument', async () => {
    const child = await start(WAIT, '/data/pg18');
    const pidFile = join(directory, 'pid');

    expect(findOrphan({ pidFile, argument: '/data/pg18' })).toBe(child.pid);
    expect(findOrphan({ pidFile, argument: '/data/pg1' })).toBeUndefined();
    expect(findOrphan({ pidFile, argument: '' })).toBeUndefined();
  });

  it('finds nothing once the process has ended', async () => {
    const child = await start(WAIT);
    await terminate(child.pid, 5_000);

    expect(findOrphan({ pidFile: join(directory, 'pid'), argument: 'mark' })).toBeUndefined();
  });

  it.each(['', '\n', '0', '-1', '1e3', 'abc', '99999999999', '12345678 x'])(
    'takes no number from a pid file that reads %j',
    (content) => {
      const pidFile = join(directory, 'pid');
      writeFileSync(pidFile, content);

      expect(readPid(pidFile)).toBeUndefined();
      expect(findOrphan({ pidFile, argument: 'mark' })).toBeUndefined();
    },
  );
});

describe('terminate', () => {
  it('lets the process end by itself on the polite signal', async () => {
    const child = await start(`trap 'exit 7' TERM; ${WAIT}`);

    await terminate(child.pid, 5_000);

    await expect(child.exited).resolves.toEqual({ code: 7, signal: null });
  });

  it('kills a process that lets every polite signal pass', async () => {
    const child = await start(`trap '' TERM INT; ${WAIT}`);

    await terminate(
      child.pid,
      50,
      ['INT', 'TERM'].map((name) => `SIG${name}` as NodeJS.Signals),
    );

    await expect(child.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('is content with a process that is gone already', async () => {
    const child = await start('echo up');
    await child.exited;

    await expect(terminate(child.pid, 5_000)).resolves.toBeUndefined();
  });

  it('takes a zombie for ended', async () => {
    // The inner shell ends at once and its parent, which became `sleep`, never collects it.
    const child = await start('sh -c "exit 0" & echo "up $!"; exec sleep 60');
    const zombie = Number(/up (\d+)/.exec(child.output())?.[1]);

    await expect(terminate(zombie, 5_000)).resolves.toBeUndefined();
    expect(isAlive(zombie)).toBe(false);
  });
});

describe('lockDirectory', () => {
  it('names the process that holds the directory, until it lets go', () => {
    const lock = lockDirectory(directory);

    expect(() => lockDirectory(directory)).toThrow(
      `The data directory ${directory} is in use by process ${process.pid}. ` +
        'Stop that process first, or set PROVOST_DATA to another directory.',
    );
    lock.release();
    lockDirectory(directory).release();
  });

  it('takes over from a process that has ended', async () => {
    const child = await start('echo up');
    await child.exited;
    symlinkSync(`${child.pid}@whenever`, join(directory, 'lock'));

    lockDirectory(directory).release();
  });

  it('takes over from a process whose number was given to another since', () => {
    symlinkSync(`${process.pid}@whenever`, join(directory, 'lock'));

    lockDirectory(directory).release();
  });

  it('does not release what another process has taken over', () => {
    const lock = lockDirectory(directory);
    lock.release();
    symlinkSync('1@whenever', join(directory, 'lock'));

    lock.release();

    expect(readlinkSync(join(directory, 'lock'))).toBe('1@whenever');
  });
});

describe('freePort', () => {
  it('prefers the wanted port, unless somebody listens on it', async () => {
    const wanted = await freePort();
    expect(await freePort(wanted)).toBe(wanted);

    const server = createServer();
    await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
    const other = await freePort(wanted);
    await new Promise((resolve) => server.close(resolve));

    expect(other).not.toBe(wanted);
    expect(other).toBeGreaterThan(0);
  });
});
