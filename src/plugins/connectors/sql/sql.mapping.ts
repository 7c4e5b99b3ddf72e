// Between the neutral form of values and PostgreSQL's: a column is an attribute, an array one of several values.
import { type Attributes, type AttributeValue, ConnectorError } from '../../../provisioning/index.js';
import type { Column } from './table-description.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a statement takes as a parameter. */
export type Parameter = string | Buffer | readonly (string | Buffer)[] | null;

/** What a column's expression in `statements.ts` gives. */
export type Cell = string | Buffer | readonly (string | Buffer | null)[] | null;

/** All values of an attribute as its column takes them. */
export function toParameter(column: Column, values: readonly AttributeValue[]): Parameter {
  const sendable = toSendable(column, values);
  if (column.isArray) return sendable.length === 0 && column.isNullable ? null : sendable;
  if (sendable.length > 1) {
    throw invalid(column.name, `${column.name} holds one value and not ${sendable.length}; nothing was sent`);
  }
  return sendable[0] ?? null;
}

/** Each value as an element of its column's type. */
export function toSendable(column: Column, values: readonly AttributeValue[]): (string | Buffer)[] {
  return values.map((value) => {
    if (typeof value === 'string') {
      const text = requireText(column.name, value);
      // In a column of bytes it is its UTF-8, not an escaped form of other bytes.
      return column.isBinary ? Buffer.from(text) : text;
    }
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return column.isBinary ? bytes : requireText(column.name, decode(column.name, bytes));
  });
}

/** The values of one row under their columns' names; null and an empty array are no value. */
export function toAttributes(row: Readonly<Record<string, Cell>>, columns: readonly Column[]): Attributes {
  const found = columns.map(
    (column, index) => [column.name, toValues(row[cellName(index)] ?? null)] as const,
  );
  return Object.fromEntries(found.filter(([, values]) => values.length > 0));
}

/** The name of a selected column's cell: never a column's own name, which may be one of ours. */
export function cellName(index: number): string {
  return `cell_${index}`;
}

/** @throws ConnectorError for text that PostgreSQL cannot hold. */
export function requireText(attribute: string, text: string): string {
  const problem = text.includes('\u0000')
    ? 'contains the character NUL'
    : !text.isWellFormed()
      ? 'is not well-formed Unicode (a surrogate stands alone)'
      : undefined;
  if (problem === undefined) return text;
  throw invalid(attribute, `A value of ${attribute} ${problem}; nothing was sent`);
}

function decode(attribute: string, bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid(attribute, `${attribute} holds text and not bytes; nothing was sent`);
  }
}

function toValues(cell: Cell): AttributeValue[] {
  if (cell === null) return [];
  const cells = typeof cell === 'string' || Buffer.isBuffer(cell) ? [cell] : cell;
  return cells
    .filter((value): value is string | Buffer => value !== null)
    .map((value) => (typeof value === 'string' ? value : new Uint8Array(value)));
}

function invalid(attribute: string, message: string): ConnectorError {
  return new ConnectorError('invalid-attribute', `${message}.`, { attribute });
}
