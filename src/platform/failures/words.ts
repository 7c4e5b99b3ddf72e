// What errors say, whoever made them.

/** What an error says; where several addresses were tried, what each of them said. */
export function wordsOf(error: unknown): string {
  // By its shape: errors of Node's own may come from another realm than our `Error`.
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.map((one) => wordsOf(one)).join('; ');
  }
  return 'message' in error ? String(error.message) : 'an error without words';
}

/** The code of a system or TLS error; empty when there is none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
