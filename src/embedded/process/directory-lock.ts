// One process per data directory: says who holds it instead of letting two servers meet in it.
import { readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf, isAlive } from './process-table.js';
import { isErrno } from './system-error.js';

export interface DirectoryLock {
  /** Gives the directory free; harmless when called twice. */
  release(): void;
}

/**
 * Takes an existing directory for this process until `release`, or until the process is gone.
 * Throws, naming the holder's pid, when another living process (or this one) has taken it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  // The lock is a symbolic link that leads nowhere: it is created exclusively and with its content in one step.
  const link = join(directory, 'lock');
  const own = `${process.pid}@${birthOf(process.pid)}`;
  while (!tryCreate(link, own)) {
    const holder = readHolder(link);
    if (holder === undefined) continue;
    if (isHolding(holder)) throw inUse(directory, holder);
    removeStale(link, holder, own);
  }
  return {
    release: () => {
      if (readHolder(link) === own) unlinkSync(link);
    },
  };
}

function tryCreate(link: string, content: string): boolean {
  try {
    symlinkSync(content, link);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function readHolder(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isHolding(holder: string): boolean {
  const [pid, birth] = holder.split('@');
  // In a container the same small pid comes back at every start: the birth tells them apart.
  return isAlive(Number(pid)) && birthOf(Number(pid)) === birth;
}

/** Moves the stale link aside, and back again if another starter replaced it in between. */
function removeStale(link: string, stale: string, own: string): void {
  const aside = `${link}.${own}`;
  try {
    renameSync(link, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readHolder(aside);
  unlinkSync(aside);
  if (moved !== undefined && moved !== stale) tryCreate(link, moved);
}

function inUse(directory: string, holder: string): Error {
  return new Error(
    `The data directory ${directory} is in use by process ${holder.split('@')[0]}. ` +
      'Stop that process first, or set PROVOST_DATA to another directory.',
  );
}
