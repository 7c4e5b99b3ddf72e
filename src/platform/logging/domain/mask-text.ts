// What must not leave the process inside a text, recognized by its shape.

export const MASK = '[secret]';

interface Shape {
  readonly pattern: RegExp;
  readonly replacement: string;
}

const NAMES =
  '(?:passwords?|passwd|passphrase|pwd|secrets?|tokens?|authorization|cookie|credentials?|api[_-]?keys?|private[_-]?keys?|secrets[_-]keys?)';

/** In this order: what holds another goes first. Each pattern is linear: classes that exclude their end, limits on the rest. */
const SHAPES: readonly Shape[] = [
  { pattern: /-----BEGIN ([A-Z ]{0,40}PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, replacement: MASK },
  // postgres://user:password@host, ldap://cn=admin:password@host. A password may hold an @: the last one before the host ends it.
  {
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#"'<>]{0,256}):(?!\d{1,5}[/?#])[^\s"'<>]{1,1024}@/gi,
    replacement: `$1:${MASK}@`,
  },
  { pattern: /\b(Bearer|Basic|Negotiate)\s+[A-Za-z0-9+/=._~-]{6,}/gi, replacement: `$1 ${MASK}` },
  // A JWT, whole or cut off after its header.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}/g, replacement: MASK },
  { pattern: /\$argon2(?:id|i|d)\$[^\s"']+/g, replacement: MASK },
  { pattern: /\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|ARGON2|CLEARTEXT)\}[^\s"',;}]+/gi, replacement: MASK },
  // "password": "…", password='…'
  {
    pattern: new RegExp(
      `(${NAMES}[\\w-]{0,20}["']?\\s{0,4}[:=]\\s{0,4}(["']))(?:\\\\[\\s\\S]|(?!\\2)[^\\\\]){1,4096}`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // The same inside a text that is JSON itself.
  {
    pattern: new RegExp(
      `(${NAMES}[\\w-]{0,20}\\\\["']\\s{0,4}:\\s{0,4}\\\\(["']))(?:\\\\{3}["']|(?!\\\\\\2)[\\s\\S]){1,4096}`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // password=…, token: …, PROVOST_SECRETS_KEY=…
  {
    pattern: new RegExp(
      `(${NAMES}[\\w-]{0,20}\\s{0,4}[:=]\\s{0,4})(?![\\s"'\\\\[])[^\\s,;&"'<>)\\]}]+`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // A key of 32 bytes in base64.
  { pattern: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?!=)/g, replacement: MASK },
  // 256 random bits in base64url: refresh tokens, setup tokens, keys of services with what they begin with.
  {
    pattern:
      /(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]{0,90}[a-z])(?=[A-Za-z0-9_-]{0,90}[A-Z])(?=[A-Za-z0-9_-]{0,90}\d)[A-Za-z0-9_-]{43,90}(?![A-Za-z0-9_-])/g,
    replacement: MASK,
  },
];

/** The same text with everything that looks like a secret replaced. */
export function maskText(text: string): string {
  return SHAPES.reduce((masked, { pattern, replacement }) => masked.replace(pattern, replacement), text);
}
