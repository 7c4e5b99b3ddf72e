// Values as an audit record keeps them: secrets masked, bytes and overlong text by their digest, what JSON or PostgreSQL
// cannot hold replaced. So a careless caller leaks nothing, and recording does not fail for an odd character.
import { createHash } from 'node:crypto';
import { isSecretName, Secret } from '../platform/logging/index.js';

const MASK = new Secret('').toString();
const LONGEST_TEXT = 16_384;
/** Of one side of a record: a page of them must be read in one statement. */
const LARGEST_JSON_BYTES = 65_536;
const DEEPEST = 32;

/** The JSON of `value`, or of its digest when it is too large; null when there is none. */
export function recordedJson(value: unknown): string | null {
  if (value === undefined) return null;
  const json = JSON.stringify(recorded(value, false, 0)) as string | undefined;
  if (json === undefined) return null;
  const bytes = Buffer.from(json);
  return bytes.length > LARGEST_JSON_BYTES ? JSON.stringify(digestOf(bytes)) : json;
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
  const members = new Map<string, unknown>();
  for (const [name, item] of Object.entries(value) as [string, unknown][]) {
    members.set(unusedName(name, members), recorded(item, isSecret || isSecretName(name), depth + 1));
  }
  return Object.fromEntries(members);
}

/** Names that differ only by what PostgreSQL cannot hold would become one, and a value would be lost. */
function unusedName(name: string, members: ReadonlyMap<string, unknown>): string {
  const plain = recordedText(name);
  let unused = plain;
  for (let count = 2; members.has(unused); count += 1) unused = `${plain} (${count})`;
  return unused;
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
