// Values as an audit record keeps them: secrets masked, bytes and overlong text by their digest, what JSON or PostgreSQL
// cannot hold replaced. So a careless caller leaks nothing, and recording does not fail for an odd character.
import { createHash } from 'node:crypto';
import { Secret } from '../platform/logging/index.js';

const MASK = new Secret('').toString();
const LONGEST_TEXT = 16_384;
const DEEPEST = 32;

/** The last word of a name whose value nobody may read. */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  'password',
  'passwords',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'secrets',
  'token',
  'tokens',
  'key',
  'credential',
  'credentials',
  'authorization',
  'cookie',
]);

/** The JSON of `value`; null when there is none. */
export function recordedJson(value: unknown): string | null {
  if (value === undefined) return null;
  return JSON.stringify(recorded(value, false, 0));
}

/** Text without what PostgreSQL cannot hold. */
export function recordedText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function recorded(value: unknown, isSecret: boolean, depth: number): unknown {
  if (value instanceof Secret) return MASK;
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return isSecret ? MASK : digestOf(value);
  if (typeof value !== 'object') return isSecret ? MASK : scalar(value);
  if (depth === DEEPEST) return '[…]';
  if (Array.isArray(value)) return value.map((item: unknown) => recorded(item, isSecret, depth + 1));
  if (hasToJson(value)) return recorded(value.toJSON(), isSecret, depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [
      recordedText(name),
      recorded(item, isSecret || isSecretName(name), depth + 1),
    ]),
  );
}

function scalar(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return value;
  return value.length > LONGEST_TEXT ? digestOf(Buffer.from(value)) : recordedText(value);
}

function digestOf(bytes: Uint8Array): { sha256: string; sizeBytes: number } {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** `bindPassword`, `api_key` and `secrets`, but neither `keyColumn` nor `publicKey`. */
function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  if (words.includes('public')) return false;
  return SECRET_WORDS.has(last) || /(password|passwd|secret)$/.test(last);
}
