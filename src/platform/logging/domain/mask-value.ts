// What the log may show of any value: names that mean secrets are masked, texts by their shape, errors by a list of what is harmless.
import { MASK, maskText } from './mask-text.js';

const DEEPEST = 8;
const LONGEST_LIST = 200;
const LONGEST_TEXT = 16_384;

/** The last word of a field's name that makes its value a secret. */
const SECRET_WORDS: ReadonlySet<string> = new Set(
  `password passwords passwd passphrase pass pwd pw bindpw rootpw secret secrets token tokens authorization cookie cookies credential
   credentials key keys jwt otp pin`.split(/\s+/),
);
/** { attribute: 'userPassword', values: ['…'] }: the fields that name, and those that are named. */
const NAMING: ReadonlySet<string> = new Set(['attribute', 'attr', 'type', 'name', 'field', 'header']);
const NAMED = /(?:^v|V)(?:al|als|alue|alues)$/;
const OPEN_KEYS: ReadonlySet<string> = new Set(['public', 'primary', 'foreign', 'object', 'lane', 'row']);

/** Of an error of the database only these: the rest repeats rows, statements and their parameters. */
const DATABASE_ERROR_FIELDS = ['code', 'severity', 'schema', 'table', 'column', 'constraint', 'routine'];
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Data exceptions repeat the value in quotes. */
const DATA_EXCEPTION = /^22/;

/** A copy to write to the log; never throws, whatever it is given. */
export function maskValue(value: unknown): unknown {
  return mask(value, 0, new Set());
}

export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  if ((last === 'key' || last === 'keys') && OPEN_KEYS.has(words.at(-2) ?? '')) return false;
  if (last === 'hash') return words.some((word) => word !== 'hash' && SECRET_WORDS.has(word));
  // Names of attributes have no capitals to tell their words by: userpassword.
  if (/(?:password|passwd|passphrase|pwd|secret)$/.test(last)) return true;
  return SECRET_WORDS.has(last) || SECRET_WORDS.has(words.slice(-2).join(''));
}

function mask(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return maskText(cut(value));
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (above.has(value)) return '[circular]';
  if (depth >= DEEPEST) return '[deeper]';
  try {
    return maskObject(value, depth, new Set([...above, value]));
  } catch {
    return '[unreadable]';
  }
}

function maskObject(value: object, depth: number, above: ReadonlySet<object>): unknown {
  const inner = (item: unknown): unknown => mask(item, depth + 1, above);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (isError(value)) return maskError(value, inner);
  if (value instanceof Map) return maskEntries([...value], inner);
  if (value instanceof Set || Array.isArray(value)) return [...value].slice(0, LONGEST_LIST).map(inner);
  // Secret, URL and their kind say themselves what may be shown of them.
  if (saysItself(value)) return inner(value.toJSON());
  const entries = Object.entries(value);
  if (isBufferJson(value)) return `[${value.data.length} bytes]`;
  return maskEntries(entries, inner, entries.some(isNamingSecret));
}

function isNamingSecret([name, item]: readonly [string, unknown]): boolean {
  return NAMING.has(name.toLowerCase()) && typeof item === 'string' && isSecretName(item.split(';')[0] ?? '');
}

/** What a Buffer makes of itself for JSON. */
function isBufferJson(value: object): value is { readonly data: readonly unknown[] } {
  return 'type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data);
}

function maskEntries(
  entries: readonly (readonly [unknown, unknown])[],
  inner: (item: unknown) => unknown,
  isNamedSecret = false,
): Record<string, unknown> {
  const isSecret = (name: string): boolean => isSecretName(name) || (isNamedSecret && NAMED.test(name));
  const masked = entries
    .slice(0, LONGEST_LIST)
    .map(([name, item]): [string, unknown] => [
      maskText(String(name)),
      isSecret(String(name)) && item !== null && item !== undefined ? MASK : inner(item),
    ]);
  // Not assigned: a field may be called __proto__.
  return Object.fromEntries(masked);
}

function saysItself(value: object): value is { toJSON: () => unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** Of another realm too, such as a test runner's sandbox makes. */
function isError(value: object): value is Error {
  return value instanceof Error || ('message' in value && 'stack' in value && 'name' in value);
}

function maskError(error: Error, inner: (item: unknown) => unknown): Record<string, unknown> {
  const message = messageOf(error);
  const shown: Record<string, unknown> = { type: error.name, message: maskText(cut(message)) };
  if (typeof error.stack === 'string')
    shown['stack'] = maskText(cut(error.stack.replace(error.message, () => message)));
  const own = Object.entries(error).filter(([name]) => isShown(error, name));
  for (const [name, item] of own) {
    if (item === null || typeof item === 'object' || typeof item === 'function') continue;
    shown[name] = isSecretName(name) ? MASK : inner(item);
  }
  if (error.cause !== undefined) shown['cause'] = inner(error.cause);
  if ('errors' in error && Array.isArray(error.errors)) shown['errors'] = inner(error.errors);
  return shown;
}

const NEVER_SHOWN: ReadonlySet<string> = new Set(['message', 'stack', 'query', 'parameters', 'driverError']);

function isShown(error: Error, name: string): boolean {
  if (sqlStateOf(error) !== undefined) return DATABASE_ERROR_FIELDS.includes(name);
  return !NEVER_SHOWN.has(name);
}

/** Without what a data exception repeats, however many quotes are in it. */
function messageOf(error: Error): string {
  const isRepeating = DATA_EXCEPTION.test(sqlStateOf(error) ?? '');
  return isRepeating ? error.message.replace(/"[\s\S]*"/, '"…"') : error.message;
}

/** Of the driver's error and of the one TypeORM wraps it in. */
function sqlStateOf(error: Error): string | undefined {
  if (!('code' in error && typeof error.code === 'string' && SQLSTATE.test(error.code))) return undefined;
  return 'severity' in error || 'driverError' in error ? error.code : undefined;
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}
