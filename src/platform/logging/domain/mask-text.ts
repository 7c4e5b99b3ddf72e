// What must not leave the process inside a text, recognized by its shape.

export const MASK = '[secret]';

interface Shape {
  readonly pattern: RegExp;
  readonly replacement: string;
}

const NAMES =
  '(?:passwords?|passwd|passphrase|pwd|secrets?|tokens?|authorization|cookie|credentials?|api[_-]?keys?|private[_-]?keys?|secrets[_-]keys?)';

/** Words that are part of many others, so alone. */
const SHORT_NAMES = '(?<![A-Za-z0-9])(?:pass|pw|bindpw|rootpw)(?![\\w-])';
const NAMED = `(?:${NAMES}[\\w-]{0,20}|${SHORT_NAMES})`;
/** `tokens=12` counts, `secret: not found` says something. */
const COUNTED = `(?!(?:passwords|secrets|tokens|credentials|(?:api|private|secrets)[_-]?keys)\\s{0,4}[:=]\\s{0,4}\\d{1,9}(?![^\\s,;.)\\]}]))`;
const SAID = `(?!(?<=:\\s{1,4})(?:not|missing|expired|invalid|required)(?![^\\s.,;]))`;

/** In this order: what holds another goes first. Each pattern is linear: classes that exclude their end, limits on the rest. */
const SHAPES: readonly Shape[] = [
  { pattern: /-----BEGIN ([A-Z ]{0,40}PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, replacement: MASK },
  // postgres://user:password@host, ldap://cn=admin:password@host. A password may hold an @: the last one before the host ends it.
  {
    pattern: /\b((?!https?:)[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#"'<>]{0,256}):[^\s"'<>]{1,1024}@/gi,
    replacement: `$1:${MASK}@`,
  },
  // Of the web, where a port and a path with an @ are usual.
  {
    pattern: /\b(https?:\/\/[^\s:/?#"'<>]{0,256}):(?!\d{1,5}[/?#])[^\s"'<>]{1,1024}@/gi,
    replacement: `$1:${MASK}@`,
  },
  // https://token@host
  { pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s:/?#"'<>@]{1,256}@/gi, replacement: `$1${MASK}@` },
  // ?key=…, &sig=…: words that mean something else elsewhere.
  { pattern: /([?&](?:key|sig|signature|x-amz-signature|code)=)[^\s&#"'<>]+/gi, replacement: `$1${MASK}` },
  // Of these headers nothing is harmless: Cookie: a=1; session=…, Authorization: Digest …, response="…"
  {
    pattern: /((?:cookies?|authorization)[ \t]{0,4}[:=][ \t]{0,4})(?![\s"'\\[{:=])[^\r\n]+/gi,
    replacement: `$1${MASK}`,
  },
  // LDIF: userPassword:: and base64, which goes on after a line break and a space.
  {
    pattern: new RegExp(
      `(${NAMES}[\\w;-]{0,20}::[ \\t]{0,4})[A-Za-z0-9+/=]+(?:\\r?\\n [A-Za-z0-9+/=]+)*`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // What a Buffer makes of itself in JSON.
  {
    pattern:
      /(\\{0,3}"type\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}"Buffer\\{0,3}"\s{0,4},\s{0,4}\\{0,3}"data\\{0,3}"\s{0,4}:\s{0,4}\[)[\d,\s]+/g,
    replacement: `$1${MASK}`,
  },
  // --password …, as a process is started
  {
    pattern:
      /(?<![\w-])(--(?:[a-z]{1,20}-)?(?:password|passwd|passphrase|pass|pwd|pw|secret|token|api-key)[ \t]{1,4})(?:"[^"\r\n]*"|'[^'\r\n]*'|(?![-[])[^\s"']+)/gi,
    replacement: `$1${MASK}`,
  },
  // "password": ["…", "…"]
  {
    pattern: new RegExp(
      `(${NAMED}["']?\\s{0,4}[:=]\\s{0,4}\\[)(?:[\\s,]{0,8}(?:"(?:\\\\[\\s\\S]|[^"\\\\])*"?|'(?:\\\\[\\s\\S]|[^'\\\\])*'?))+`,
      'gi',
    ),
    replacement: `$1"${MASK}"`,
  },
  { pattern: /\b(Bearer|Basic|Negotiate)\s+[A-Za-z0-9+/=._~-]{6,}/gi, replacement: `$1 ${MASK}` },
  // A JWT, whole or cut off after its header.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}/g, replacement: MASK },
  { pattern: /\$argon2(?:id|i|d)\$[^\s"']+/g, replacement: MASK },
  { pattern: /\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|ARGON2|CLEARTEXT)\}[^\s"',;}]+/gi, replacement: MASK },
  // "password": "…", password='…'
  {
    pattern: new RegExp(
      `(${NAMED}["']?\\s{0,4}[:=]\\s{0,4}(["']))(?:\\\\[\\s\\S]|(?!\\2)[^\\\\]){1,4096}`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // The same inside a text that is JSON itself.
  {
    pattern: new RegExp(
      `(${NAMED}\\\\["']\\s{0,4}:\\s{0,4}(?:\\[\\s{0,4})?\\\\(["']))(?:\\\\{3}["']|(?!\\\\\\2)[\\s\\S]){1,4096}`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // password=…, token: …, PROVOST_SECRETS_KEY=…
  {
    pattern: new RegExp(
      `(${COUNTED}${NAMES}[\\w-]{0,20}\\s{0,4}(?:::?|=)\\s{0,4}|${SHORT_NAMES}\\s{0,4}=\\s{0,4})(?![\\s"'\\\\[:])${SAID}[^\\s,;&"'<>)\\]}]+`,
      'gi',
    ),
    replacement: `$1${MASK}`,
  },
  // A key of 32 bytes in base64.
  { pattern: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?!=)/g, replacement: MASK },
  // 256 random bits in base64url: refresh tokens, setup tokens, keys of services with what they begin with. No file of a stack.
  {
    pattern:
      /(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]{0,90}[a-z])(?=[A-Za-z0-9_-]{0,90}[A-Z])(?=[A-Za-z0-9_-]{0,90}\d)[A-Za-z0-9_-]{43,90}(?![A-Za-z0-9_-])(?!(?:\.[\w-]{1,20}){0,3}\.[cm]?[jt]sx?\b)/g,
    replacement: MASK,
  },
];

/** The same text with everything that looks like a secret replaced. */
export function maskText(text: string): string {
  return SHAPES.reduce((masked, { pattern, replacement }) => masked.replace(pattern, replacement), text);
}
