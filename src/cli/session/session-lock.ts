// Lets one process at a time change the session file. The lock of a process that died is removed; nobody else's is.
import { randomUUID } from 'node:crypto';
import { readlink, symlink, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const POLL_MS = 25;
/** Longer than the holder's one request may take. */
const PATIENCE_MS = 40_000;

/** @throws CliError when another process holds the lock for longer than its work can take. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await acquire(path);
  try {
    return await work();
  } finally {
    await unlink(path);
  }
}

async function acquire(path: string): Promise<void> {
  const mine = `${hostname()}:${process.pid}:${randomUUID()}`;
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    if (await tryToLink(mine, path)) return;
    const holder = await targetOf(path);
    if (holder !== undefined && isDead(holder)) await removeLockOf(path, holder);
    else await delay(POLL_MS);
  }
  throw new CliError(
    EXIT.ownFault,
    `Another provost process has been renewing the session for ${PATIENCE_MS / 1_000} s. ` +
      `End it, or, when there is none, remove ${path}.`,
  );
}

/** A symbolic link is made in one step with what it says, so that a lock never stands without its holder's name. */
async function tryToLink(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function targetOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Only a process of this machine can be known to be dead. */
function isDead(holder: string): boolean {
  const [host, pid, id] = holder.split(':');
  if (host !== hostname() || !UUID.test(id ?? '') || !/^[1-9]\d{0,9}$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes the lock of a holder that is dead. Two processes may find the same one: whoever makes the claim named after it
 * is the only one who may remove its lock, so the lock that was looked at is removed, never its successor.
 */
export async function removeLockOf(path: string, holder: string): Promise<void> {
  const claim = `${path}.${holder.split(':')[2] ?? ''}`;
  if (!(await tryToLink(String(process.pid), claim))) return delay(POLL_MS);
  try {
    if ((await targetOf(path)) === holder) await unlink(path);
  } finally {
    await unlink(claim);
  }
}
