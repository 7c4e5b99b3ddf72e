// Servers that Provost starts as its own children: started, found again after a crash, ended.
// Must never send a signal to a process that is not proven to be ours.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { hasArgument, isAlive } from './process-table.js';
import { isErrno } from './system-error.js';

/** How a managed process ended: one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ManagedProcess {
  readonly pid: number;
  /** Settles when the process has ended, however it ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
}

export interface ManagedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes what the process prints; what the run before printed is kept beside it as `….1`. */
  readonly outputFile: string;
  /** Where to note the pid; leave out for a server that writes such a file itself. */
  readonly pidFile?: string;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** The whole environment of the process: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

const POLL_MS = 20;
const KILL_DEADLINE_MS = 5_000;

/**
 * Starts a server that outlives a crash of this process and is then found by `findOrphan`.
 * Rejects when the command cannot be run.
 */
export async function spawnManaged(options: ManagedProcessOptions): Promise<ManagedProcess> {
  const { command, args, cwd, uid, gid, env } = options;
  // A file, not a pipe: a server that logs into the pipe of a dead parent fails in odd ways.
  const output = openFresh(options.outputFile);
  try {
    const child = spawn(command, args, {
      stdio: ['ignore', output, output],
      // Its own process group: Ctrl-C reaches Provost alone, which then decides the order of the end.
      detached: true,
      env,
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid;
    if (pid === undefined) throw new Error(`${command} was started but has no process id`);
    if (options.pidFile !== undefined) notePid(options.pidFile, pid);
    return { pid, exited };
  } finally {
    closeSync(output);
  }
}

/**
 * The pid of a living process that an earlier run left behind: its number stands on the first line
 * of the pid file, and `argument` (such as its data directory) is one whole argument of its command
 * line. A stale file, or a foreign process that was given the number since, yields undefined.
 */
export function findOrphan(wanted: { pidFile: string; argument: string }): number | undefined {
  const pid = readPid(wanted.pidFile);
  if (pid === undefined || !isAlive(pid)) return undefined;
  return hasArgument(pid, wanted.argument) ? pid : undefined;
}

/**
 * Ends a process that you know to be ours: each signal gets the deadline, then comes SIGKILL.
 * Resolves when it is gone, at once when it already is; rejects when even SIGKILL did not end it.
 */
export async function terminate(
  pid: number,
  deadlineMs: number,
  signals: readonly NodeJS.Signals[] = ['SIGTERM'],
): Promise<void> {
  for (const signal of signals) {
    if (await endsBy(pid, signal, deadlineMs)) return;
  }
  if (await endsBy(pid, 'SIGKILL', KILL_DEADLINE_MS)) return;
  throw new Error(`Process ${pid} did not end after SIGKILL; end it by hand, then start again.`);
}

/** The number on the first line of a pid file; undefined when there is none. */
export function readPid(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const first = text.split('\n', 1)[0]?.trim() ?? '';
  // 0 and negative numbers address process groups: never take them from a file.
  return /^[1-9]\d{0,9}$/.test(first) ? Number(first) : undefined;
}

function openFresh(file: string): number {
  try {
    renameSync(file, `${file}.1`);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  // Exclusive: never writes through a link that somebody else put there.
  return openSync(file, 'wx', 0o600);
}

function notePid(file: string, pid: number): void {
  try {
    writeFileSync(file, `${pid}\n`);
  } catch (error) {
    process.kill(pid, 'SIGKILL'); // It could not be found again.
    throw error;
  }
}

async function endsBy(pid: number, signal: NodeJS.Signals, deadlineMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return true;
    throw error;
  }
  const deadline = AbortSignal.timeout(deadlineMs);
  while (isAlive(pid)) {
    if (deadline.aborted) return false;
    await pause(POLL_MS);
  }
  return true;
}
