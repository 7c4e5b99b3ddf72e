// Digests of values: enough to recognise later what was sent, without keeping it.
import { createHash } from 'node:crypto';
import { type Value, type ValuesByAttribute, valuesOf } from '../domain/attribute-delta.js';

/** Attributes whose values nobody may read back. */
const SECRET_ATTRIBUTE = /password|passwd|pwd|secret/i;
/** Stands for a secret: a system does not show it again as it was sent, and a digest of it could be guessed. */
const SECRET = '[secret]';

/** One digest an attribute; the order of values does not matter. */
export function digestsOf(attributes: ValuesByAttribute): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([attribute, values]) => [
      attribute,
      SECRET_ATTRIBUTE.test(attribute) ? SECRET : digestOf(values),
    ]),
  );
}

/** Whether `attributes` hold exactly what was digested, for every attribute digested but secrets. */
export function equalsDigests(
  digests: Readonly<Record<string, string>>,
  attributes: ValuesByAttribute,
): boolean {
  return Object.entries(digests).every(
    ([attribute, digest]) => digest === SECRET || digestOf(valuesOf(attributes, attribute)) === digest,
  );
}

/** Whether there is a value by which an object can be recognised. */
export function canRecognise(digests: Readonly<Record<string, string>>): boolean {
  return Object.values(digests).some((digest) => digest !== SECRET && digest !== NOTHING);
}

/** A digest as the history shows it, in place of the values. */
export function toShownDigest(digest: string): unknown[] {
  if (digest === NOTHING) return [];
  return digest === SECRET ? [SECRET] : [{ digest }];
}

function digestOf(values: readonly Value[]): string {
  const each = values.map((value) => createHash('sha256').update(value).digest('hex')).toSorted();
  return createHash('sha256').update(each.join('\n')).digest('base64url');
}

const NOTHING = digestOf([]);

/** Values as the history shows them: bytes by their digest and size, secrets not at all. */
export function toShown(attribute: string, values: readonly Value[]): unknown[] {
  return values.map((value) => {
    if (SECRET_ATTRIBUTE.test(attribute)) return SECRET;
    // PostgreSQL holds no NUL, in JSON neither.
    if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\uFFFD');
    return { sha256: createHash('sha256').update(value).digest('hex'), sizeBytes: value.length };
  });
}
