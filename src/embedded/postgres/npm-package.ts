// The npm package of PostgreSQL binaries, made to run: its links completed, or all of it copied.
// npm cannot pack symbolic links, and its install script that creates them may be blocked.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isErrno } from '../process/index.js';
import { makeDirectory } from './locations.js';

interface Link {
  /** Both are relative to the package, of which `native` is a folder. */
  readonly source: string;
  readonly target: string;
}

/** Creates the links that the package lists; does nothing where we may not write. */
export function completeLinks(native: string): void {
  for (const { source, target } of readLinks(native)) {
    const link = join(native, '..', target);
    try {
      symlinkSync(relative(dirname(link), join(native, '..', source)), link);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) continue;
      if (isErrno(error, 'EACCES', 'EPERM', 'EROFS')) return;
      throw error;
    }
  }
}

/**
 * Copies the package below `copies` so that every account can run it, unless that was done before,
 * and returns the copy's `native` folder. Its name tells the version and size it was made from.
 */
export function copyBinaries(native: string, copies: string): string {
  const size = statSync(join(native, 'bin', 'postgres')).size;
  const copy = join(copies, `postgresql-${packageVersion(native)}-${size}`);
  const done = join(copy, 'native');
  if (existsSync(done)) return done;
  makeDirectory(copies, 0o755);
  // Complete or absent: the copy gets its name when it is whole.
  const draft = `${copy}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(draft);
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    completeLinks(join(draft, 'native'));
    openToAll(draft);
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another start has made the same copy in the meantime.
    if (!existsSync(done)) throw error;
  }
  return done;
}

function readLinks(native: string): readonly Link[] {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : [];
}

function packageVersion(native: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof version === 'string' && /^[\w.-]+$/.test(version) ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Readable for all, and executable for all where it is for the owner; a strict umask had made it private. */
function openToAll(path: string): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  chmodSync(path, entry.isDirectory() || (entry.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (entry.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}
