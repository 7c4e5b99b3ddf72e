// Cursor paging: a page says where the next begins, so that rows added meanwhile neither repeat nor hide any.
import { z } from 'zod';
import { problem } from './problem.js';

export interface Page<Item> {
  readonly items: Item[];
  /** Give it as `after` to get the next page; null on the last. */
  readonly next: string | null;
}

export const MAX_PAGE_ITEMS = 200;
export const MAX_CURSOR_CHARACTERS = 2_048;

/** The query parameters of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE_ITEMS)
    .default(50)
    .describe('Items in a page, at most 200.'),
  after: z.string().max(MAX_CURSOR_CHARACTERS).optional().describe('The `next` of the page before.'),
});

export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws Problem 400 when the cursor was not made by `encodeCursor` for a key of this schema. */
export function decodeCursor<Schema extends z.ZodType>(cursor: string, key: Schema): z.output<Schema> {
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw problem.invalidRequest(
      'The cursor is damaged. Start again without `after`, then use `next` as it was given.',
      {
        errors: [{ pointer: 'query/after', detail: 'is not a cursor of this list' }],
      },
    );
  }
}

/** Cuts `rows` (fetched with limit + 1) to a page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => readonly (string | number)[],
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}
