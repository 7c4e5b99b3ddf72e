// What an expression gave, as the values an attribute can have.
import type { Value } from './attribute-delta.js';

/** What comes back from an expression. */
export type ExpressionResult =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly ExpressionResult[]
  | { readonly [key: string]: ExpressionResult };

/** A value, or the attachment whose bytes are the value. */
export type MappedValue = Value | { readonly attachment: string };

export type Mapped =
  | { readonly ok: true; readonly values: readonly MappedValue[] }
  | { readonly ok: false; readonly problem: string };

/** @param booleans how the system writes false and true */
export function toValues(result: ExpressionResult, booleans: readonly [string, string]): Mapped {
  if (Array.isArray(result)) {
    const parts = (result as readonly ExpressionResult[]).map((part) => toValues(part, booleans));
    const faulty = parts.find((part) => !part.ok);
    if (faulty) return faulty;
    return { ok: true, values: distinct(parts.flatMap((part) => (part.ok ? part.values : []))) };
  }
  const value = toValue(result as Exclude<ExpressionResult, readonly ExpressionResult[]>, booleans);
  if (value === undefined)
    return { ok: false, problem: 'gives a map, which is no attribute value; name one of its fields' };
  // An empty text is no value: directories cannot hold one.
  return { ok: true, values: value === null || value === '' ? [] : [value] };
}

function toValue(
  result:
    | null
    | boolean
    | number
    | bigint
    | string
    | Uint8Array
    | Date
    | { readonly [key: string]: ExpressionResult },
  [no, yes]: readonly [string, string],
): MappedValue | null | undefined {
  if (result === null || typeof result === 'string' || result instanceof Uint8Array) return result;
  if (typeof result === 'boolean') return result ? yes : no;
  if (typeof result === 'number' || typeof result === 'bigint') return String(result);
  if (result instanceof Date) return result.toISOString();
  const sha256 = Object.hasOwn(result, 'sha256') ? result['sha256'] : undefined;
  return typeof sha256 === 'string' ? { attachment: sha256 } : undefined;
}

function distinct(values: readonly MappedValue[]): MappedValue[] {
  const texts = new Set<string>();
  return values.filter((value) => {
    if (typeof value !== 'string') return true;
    if (texts.has(value)) return false;
    texts.add(value);
    return true;
  });
}
