// Reads and rewrites sealed values wherever they are, a few rows at a time.
import type { Database } from '../database/index.js';
import type { SealedColumn } from './sealed-columns.js';

const ROWS_AT_A_TIME = 100;

export interface SealedValue {
  readonly id: string;
  readonly sealed: Buffer;
}

/** Every value of a column, in the order of its keys as text. */
export async function* valuesOf(
  database: Database,
  { table, key, column }: SealedColumn,
): AsyncGenerator<SealedValue> {
  let after = '';
  for (;;) {
    const rows = await database.query<SealedValue>(
      `select ${key}::text as id, ${column} as sealed from ${table}
       where ${column} is not null and ${key}::text collate "C" > $1
       order by ${key}::text collate "C" limit ${ROWS_AT_A_TIME}`,
      [after],
    );
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** The next values that do not begin with `header`, those in `except` left out. */
export function valuesWithout(
  database: Database,
  { table, key, column }: SealedColumn,
  { header, except }: { header: Buffer; except: readonly string[] },
): Promise<SealedValue[]> {
  return database.query<SealedValue>(
    `select ${key}::text as id, ${column} as sealed from ${table}
     where substring(${column} for ${header.length}) <> $1 and ${key}::text <> all ($2)
     limit ${ROWS_AT_A_TIME}`,
    [header, except],
  );
}

/** Puts `next` in the place of `seen`; false when somebody changed the row meanwhile, which then stays as it is. */
export async function exchange(
  database: Database,
  { table, key, column }: SealedColumn,
  { id, seen, next }: { id: string; seen: Buffer; next: Buffer },
): Promise<boolean> {
  const rows = await database.query(
    `update ${table} set ${column} = $3 where ${key}::text = $1 and ${column} = $2 returning 1`,
    [id, seen, next],
  );
  return rows.length > 0;
}

export async function deleteRow(
  database: Database,
  { table, key, column }: SealedColumn,
  { id, sealed }: SealedValue,
): Promise<void> {
  await database.query(`delete from ${table} where ${key}::text = $1 and ${column} = $2`, [id, sealed]);
}
