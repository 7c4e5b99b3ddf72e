// Reads what a service answers without trusting its shape: it may be newer than this client.
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws CliError when the answer is no object. */
export function asObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw strange(`${what} is no object`);
}

/** @throws CliError when the answer has no such text. */
export function requireText(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value === 'string' && value !== '') return value;
  throw strange(`it has no “${key}”`);
}

/** @throws CliError when the answer has no such number. */
export function requireNumber(object: JsonObject, key: string): number {
  const value = object[key];
  if (typeof value === 'number') return value;
  throw strange(`it has no number “${key}”`);
}

/** @throws CliError when the answer has no such list. */
export function requireList(object: JsonObject, key: string): JsonObject[] {
  if (Array.isArray(object[key])) return objectsOf(object[key]);
  throw strange(`it has no list “${key}”`);
}

/** The objects of a list; those that are none are left out. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Any value as a person reads it; “-” when there is none. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(textOf).join(', ');
  return JSON.stringify(value);
}

function strange(what: string): CliError {
  return new CliError(
    EXIT.unreachable,
    `The answer is not what Provost gives: ${what}. Is the server's URL right, and is its version this client's?`,
  );
}
