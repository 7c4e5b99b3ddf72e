// What an entry of a directory says about whether somebody may come in with it.

/** Texts that are one login to a directory; narrower than some directories are, never wider than our own limits. */
export function foldLogin(login: string): string {
  return login.normalize('NFKC').toLowerCase().trim().replace(/\s+/gu, ' ');
}

interface LockMarks {
  /** `pwdAccountLockedTime` (draft-behera-ldap-password-policy). */
  readonly lockedTimes: readonly string[];
  /** `userPassword`, where it may be read. */
  readonly passwords: readonly string[];
}

/** `temporary` runs out by itself, or is lifted; `permanent` stays until somebody of the directory lifts it. */
export type AccountLock = 'none' | 'temporary' | 'permanent';

/** FusionDirectory locks an account with `!` behind the scheme: `{SSHA}!…` is the hash of no password. */
const LOCKED_PASSWORD = /^(?:\{[^}]*\})?!/;
/** The time that means "for ever". */
const FOR_EVER = '000001010000Z';

/** How the entry says that it is locked. A single password that is not locked leaves it open. */
export function lockOf({ lockedTimes, passwords }: LockMarks): AccountLock {
  if (lockedTimes.includes(FOR_EVER)) return 'permanent';
  if (passwords.length > 0 && passwords.every((password) => LOCKED_PASSWORD.test(password)))
    return 'permanent';
  return lockedTimes.length > 0 ? 'temporary' : 'none';
}

export interface EntryName {
  /** What tells an entry from another that took its name; null where the directory has no such thing. */
  readonly uuid: string | null;
  readonly login: string;
}

/** Whether two sightings are of one entry: a renamed one keeps its UUID, and one that took its name has another. */
export function isSameEntry(one: EntryName, other: EntryName): boolean {
  return one.uuid === other.uuid && (one.uuid !== null || one.login === other.login);
}
