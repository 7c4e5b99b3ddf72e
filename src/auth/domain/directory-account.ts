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

/** FusionDirectory locks an account with `!` behind the scheme: `{SSHA}!…` is the hash of no password. */
const LOCKED_PASSWORD = /^(?:\{[^}]*\})?!/;

/** Whether the entry says that it is locked. A single password that is not locked leaves it open. */
export function isLocked({ lockedTimes, passwords }: LockMarks): boolean {
  if (lockedTimes.length > 0) return true;
  return passwords.length > 0 && passwords.every((password) => LOCKED_PASSWORD.test(password));
}
