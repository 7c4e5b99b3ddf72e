// Reads and rewrites sealed values wherever they are, a few rows at a time.
import type { Database } from '../database/index.js';
import type { SealedColumn } from './sealed-columns.js';

const ROWS_AT_A_TIME = 100;

export interface SealedValue {
  readonly id: string;
  readonly sealed: Buffer;
}

/**
 * Every value of a column, or those alone that do not begin with `header`, in the order of their keys. A key given as a
 * parameter takes the type of its column, so that its index serves.
 */
export async function* valuesOf(
  database: Database,
  { table, key, column }: SealedColumn,
  header?: Buffer,
): AsyncGenerator<SealedValue> {
  const isMeant =
    header === undefined
      ? `${column} is not null`
      : `substring(${column} for ${header.length}) <> '\\x${header.toString('hex')}'`;
  let isAfter = '';
  let after: string[] = [];
  for (;;) {
    const rows = await database.query<SealedValue>(
      `select ${key}::text as id, ${column} as sealed from ${table}
       where ${isMeant} ${isAfter} order by ${key} limit ${ROWS_AT_A_TIME}`,
      after,
    );
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    isAfter = `and ${key} > $1`;
    after = [last.id];
  }
}

/** Puts `next` in the place of `seen`; false when somebody changed the row meanwhile, which then stays as it is. */
export async function exchange(
  database: Database,
  { table, key, column }: SealedColumn,
  { id, seen, next }: { id: string; seen: Buffer; next: Buffer },
): Promise<boolean> {
  const rows = await database.query(
    `update ${table} set ${column} = $3 where ${key} = $1 and ${column} = $2 returning 1`,
    [id, seen, next],
  );
  return rows.length > 0;
}

export async function deleteRow(
  database: Database,
  { table, key, column }: SealedColumn,
  { id, sealed }: SealedValue,
): Promise<void> {
  await database.query(`delete from ${table} where ${key} = $1 and ${column} = $2`, [id, sealed]);
}
