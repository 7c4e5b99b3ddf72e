// npm run seed -- operator: makes an operator whose password comes from a file, never from the command line.
import { open } from 'node:fs/promises';
import {
  faultOfPassword,
  newLogin,
  operatorsOf,
  type Role,
  ROLES,
  SYSTEM_AUTHOR,
} from '../src/auth/index.js';
import type { Database } from '../src/platform/database/index.js';

export interface OperatorSeed {
  /** Connected, migrated, and made with `authEntities`. */
  readonly database: Database;
  readonly login: string;
  /** UTF-8; one line break at its end does not count. */
  readonly passwordFile: string;
  readonly roles: readonly string[];
  /** `reset`: an operator with this login gets the password of the file. */
  readonly existing?: 'keep' | 'reset';
  /** Takes warnings and what was done, a line each. */
  readonly log: (line: string) => void;
}

/** The seed cannot be planted; the message says what to change. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

/** Bytes; the longest password has about a kilobyte. */
const LARGEST_FILE = 4096;
const OTHERS_MAY_READ = 0o077;

/** @throws SeedError when the login, the roles or the password will not do. */
export async function seedOperator(seed: OperatorSeed): Promise<'created' | 'kept' | 'reset'> {
  const { log } = seed;
  const login = readLogin(seed.login);
  const roles = readRoles(seed.roles);
  const password = await readPassword(seed.passwordFile, login, log);
  const operators = operatorsOf(seed.database);
  const found = await operators.findByLogin(login);
  if (found === null) {
    await operators.create({ login, displayName: login, password, roles }, SYSTEM_AUTHOR);
    log(`Operator ${login} created with the role ${roles.join(', ')}. Log in with POST /api/v1/auth/login.`);
    return 'created';
  }
  if (seed.existing !== 'reset') {
    log(
      `Operator ${login} exists; nothing was changed. To give it the password of the file, add --reset-password.`,
    );
    return 'kept';
  }
  await operators.change(found.id, { password }, undefined, SYSTEM_AUTHOR);
  log(
    `Operator ${login} has a new password; its sessions have ended, its roles (${found.roles.join(', ')}) stay.`,
  );
  if (found.isDisabled)
    log(`Operator ${login} is disabled and cannot log in until an administrator enables it.`);
  return 'reset';
}

function readLogin(given: string): string {
  const login = newLogin.safeParse(given);
  if (login.success) return login.data;
  throw new SeedError(`The login ${JSON.stringify(given)} ${login.error.issues[0]?.message}.`);
}

function readRoles(given: readonly string[]): Role[] {
  const unknown = given.find((role) => !ROLES.some((known) => known === role));
  if (unknown === undefined && given.length > 0) return ROLES.filter((role) => given.includes(role));
  const fault = unknown === undefined ? 'No role was given' : `There is no role ${JSON.stringify(unknown)}`;
  throw new SeedError(`${fault}. Give one or more of ${ROLES.join(', ')}.`);
}

async function readPassword(path: string, login: string, log: (line: string) => void): Promise<string> {
  const shown = JSON.stringify(path);
  const { bytes, mode } = await readSmallFile(path);
  if ((mode & OTHERS_MAY_READ) !== 0) {
    log(`Warning: others may read the password file ${shown}. Run chmod 600 on it, and delete it after use.`);
  }
  if (bytes.length > LARGEST_FILE) {
    throw new SeedError(
      `The password file ${shown} is larger than ${LARGEST_FILE} bytes. Is it the right file?`,
    );
  }
  const password = decode(bytes, shown).replace(/\r?\n$/, '');
  const fault = faultOfPassword(password, login);
  if (fault !== undefined) throw new SeedError(`The password in ${shown} ${fault}.`);
  return password;
}

/** One byte more than allowed at most, whatever the path is: some files have no end. */
async function readSmallFile(path: string): Promise<{ bytes: Buffer; mode: number }> {
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(LARGEST_FILE + 1),
        0,
        LARGEST_FILE + 1,
        null,
      );
      return { bytes: buffer.subarray(0, bytesRead), mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SeedError(
      `The password file ${JSON.stringify(path)} cannot be read (${code}). ` +
        'Write the password into a file that only you may read, and give its path as --password-file.',
      { cause: error },
    );
  }
}

function decode(bytes: Buffer, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SeedError(`The password file ${shown} is not UTF-8 text. Save it as UTF-8.`, { cause: error });
  }
}
