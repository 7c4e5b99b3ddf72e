// What a password may be: long rather than odd (NIST SP 800-63B-4 §3.1.1.2).

const SHORTEST = 12;
const LONGEST = 256;

/** The one form of a text that looks the same: composed (NFC), so that every keyboard gives the same bytes. */
export function normalizePassword(password: string): string {
  return password.normalize('NFC');
}

/** Why `password` cannot become anybody's password, or undefined when it can. */
export function findPasswordFault(password: string): string | undefined {
  if (!password.isWellFormed()) return 'must be well-formed Unicode (a surrogate stands alone)';
  if (password.trim() === '') return 'must not be blank';
  const characters = Array.from(normalizePassword(password)).length;
  if (characters < SHORTEST) return `must have at least ${SHORTEST} characters (it has ${characters})`;
  if (characters > LONGEST) return `must have at most ${LONGEST} characters (it has ${characters})`;
  return undefined;
}
