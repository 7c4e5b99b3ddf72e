// What a caller would rather have (RFC 7240): read from the header Prefer, where nothing is ever refused.

export interface Preferences {
  /** How long the caller would wait for the result, in seconds. */
  readonly waitSeconds: number | undefined;
  /** The caller would rather not wait for the result. */
  readonly respondAsync: boolean;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
/** One preference with its value; the parameters behind it are left alone. */
const PREFERENCE = new RegExp(`^\\s*(${TOKEN})(?:\\s*=\\s*(${TOKEN}|${QUOTED}))?\\s*(?:;|$)`);
/** Commas and the like within quotes separate nothing. */
const PART = new RegExp(`(?:${QUOTED}|[^",])+`, 'g');

/** What is longer is nobody's wish. */
const MAX_CHARACTERS = 1_024;

/** Of a preference that is given twice, the first counts. */
export function readPreferences(header: string): Preferences {
  const given = new Map<string, string>();
  if (header.length > MAX_CHARACTERS) return { waitSeconds: undefined, respondAsync: false };
  for (const [part] of header.matchAll(PART)) {
    const [, name = '', value = ''] = PREFERENCE.exec(part) ?? [];
    const key = name.toLowerCase();
    if (key !== '' && !given.has(key)) given.set(key, unquoted(value));
  }
  return { waitSeconds: secondsOf(given.get('wait')), respondAsync: given.get('respond-async') === '' };
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
}

function secondsOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
