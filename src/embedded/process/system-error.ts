// Reads caught values. Never asks `instanceof Error`: an error of another realm, such as a test
// runner's sandbox meets, is none.

/** Whether the error carries this code, such as ENOENT or an SQLSTATE. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return String(hasMessage ? error.message : error);
}
