const LONGEST = 2_000;

/** Text from outside as PostgreSQL can hold it: well-formed, without NUL, of bounded length. */
export function cleanText(text: string): string {
  const safe = text.toWellFormed().replaceAll('\u0000', '\uFFFD');
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST - 1)}…`.toWellFormed();
}
