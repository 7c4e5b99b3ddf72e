// What the operating system says about a process, on Linux and macOS.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isErrno } from './system-error.js';

/** Whether the process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if (!isErrno(error, 'EPERM')) return false;
  }
  // An orphan whose new parent does not reap it keeps its number for ever.
  return stateOf(pid) !== 'Z';
}

/** Whether `argument` is one whole argument of the command line that runs as `pid`. */
export function hasArgument(pid: number, argument: string): boolean {
  if (argument === '') return false; // What follows the last separator of every command line.
  if (process.platform === 'linux') {
    return readText(`/proc/${pid}/cmdline`).split('\0').includes(argument);
  }
  return ` ${ps(pid, 'command')} `.includes(` ${argument} `);
}

/** A text that differs between two processes which had the same pid one after the other. */
export function birthOf(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'lstart');
  const startTicks = statFields(pid)[19] ?? '';
  return `${readText('/proc/sys/kernel/random/boot_id').trim()}.${startTicks}`;
}

function stateOf(pid: number): string | undefined {
  return process.platform === 'linux' ? statFields(pid)[0] : ps(pid, 'state')[0];
}

/** The fields of proc(5) stat from the third on; the second is a name that may hold anything. */
function statFields(pid: number): readonly string[] {
  return readText(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process has ended: every caller reads that as "not the one".
  }
}

function ps(pid: number, field: string): string {
  try {
    const args = ['-ww', '-o', `${field}=`, '-p', String(pid)];
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
