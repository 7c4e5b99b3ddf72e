import { describe, expect, it } from '@jest/globals';
import { sqlConfig } from './sql.config.js';
import { deleteRow, insertRow, printValues, quote, readRow, renameRow, updateRow } from './statements.js';
import type { Column } from './table-description.js';

const config = sqlConfig.parse({
  host: 'db',
  database: 'd',
  user: 'u',
  schema: 'hr',
  table: 'people',
  keyColumn: 'login',
  idColumn: 'id',
});
const column = (name: string, type: string, more: Partial<Column> = {}): Column => ({
  name,
  type,
  printedAs: null,
  isArray: type.endsWith('[]'),
  isBinary: type.startsWith('bytea'),
  isNullable: true,
  hasDefault: false,
  isWritable: true,
  ...more,
});
const ids = '"login"::text as identifier, "id"::text as native_id';

describe('a statement', () => {
  it('finds a row by its id, and by its key where the id is not known', () => {
    const columns = [column('age', 'integer'), column('tags', 'text[]'), column('photo', 'bytea')];
    const cells = `${ids}, "age"::text as cell_0, "tags"::text[] as cell_1, "photo" as cell_2`;

    expect(readRow(config, { identifier: 'ada', nativeId: '7' }, columns)).toEqual({
      text: `select ${cells} from "hr"."people" where "id" = $1`,
      values: ['7'],
    });
    expect(readRow(config, { identifier: 'ada', nativeId: null }, []).text).toContain('where "login" = $1');
  });

  it('inserts values as parameters', () => {
    const assignments = [{ column: column('age', 'integer'), values: ['36'] }];

    expect(insertRow(config, "'; --", assignments)).toEqual({
      text: `insert into "hr"."people" ("login", "age") values ($1, $2) returning ${ids}`,
      values: ["'; --", '36'],
    });
  });

  it('changes, renames and deletes the one row', () => {
    const ref = { identifier: 'ada', nativeId: null };
    const changes = [{ column: column('age', 'integer'), delta: { attribute: 'age', replace: [] } }];

    expect(updateRow(config, ref, changes)).toEqual({
      text: `update "hr"."people" set "age" = $1 where "login" = $2 returning ${ids}`,
      values: [null, 'ada'],
    });
    expect(renameRow(config, ref, 'bob').values).toEqual(['bob', 'ada']);
    expect(deleteRow(config, ref).text).toBe(`delete from "hr"."people" where "login" = $1 returning ${ids}`);
  });

  it('empties an array column to null, or to no elements where null is forbidden', () => {
    const ref = { identifier: 'ada', nativeId: null };
    const emptied = (isNullable: boolean): unknown =>
      updateRow(config, ref, [
        { column: column('tags', 'text[]', { isNullable }), delta: { attribute: 'tags', replace: [] } },
      ]).values[0];

    expect([emptied(true), emptied(false)]).toEqual([null, []]);
  });

  it('asks how values are printed only where a type has its own way', () => {
    const price = column('price', 'numeric', { printedAs: 'numeric(8,2)' });
    const numbers = column('numbers', 'integer[]', { printedAs: 'integer[]' });
    const text = column('nick', 'text');

    expect(
      printValues([
        { column: text, values: ['a'] },
        { column: price, values: ['5'] },
        { column: numbers, values: ['07'] },
        { column: price, values: [] },
      ]),
    ).toEqual({
      text: 'select $1::numeric(8,2)::text as cell_1, $2::integer[]::text[] as cell_2',
      values: ['5', ['07']],
    });
    expect(printValues([{ column: text, values: ['a'] }])).toBeNull();
  });

  it('quotes names', () => {
    expect(quote('a"; drop table "b')).toBe('"a""; drop table ""b"');
  });

  it('is not made of text that PostgreSQL cannot hold', () => {
    const ref = { identifier: 'a\u0000', nativeId: null };

    expect(() => deleteRow(config, ref)).toThrow('NUL');
    expect(() => renameRow(config, { ...ref, identifier: 'a' }, '\ud800')).toThrow('Unicode');
  });
});
