// What values look like once they are stored. Asked of the server, because only its types know.
import type { Attributes } from '../../../provisioning/index.js';
import type { SqlSession } from './sql-session.js';
import { type Cell, cellName, toAttributes } from './sql.mapping.js';
import { printValues } from './statements.js';
import type { Column, TableDescription } from './table-description.js';

export interface Stored {
  readonly identifier: string;
  readonly attributes: Attributes;
}

/** @param columns the attributes' own, and the key's after them */
export async function storedValues(
  session: SqlSession,
  table: TableDescription | undefined,
  columns: readonly Column[],
  { identifier, attributes }: Stored,
): Promise<Stored> {
  const names = Object.keys(attributes);
  const values = [...Object.values(attributes), [identifier]];
  const statement = printValues(columns.map((column, index) => ({ column, values: values[index] ?? [] })));
  // Nothing is asked where every text stays as it is.
  if (statement === null) return { identifier, attributes };
  const [row = {}] = await session.run<Readonly<Record<string, Cell>>>(statement, {
    operation: 'read',
    table,
    assigned: attributes,
  });
  const printed = Object.entries(toAttributes(row, columns.slice(0, names.length)));
  const key = row[cellName(names.length)];
  return {
    identifier: typeof key === 'string' ? key : identifier,
    // Two spellings of one value are one value.
    attributes: {
      ...attributes,
      ...Object.fromEntries(printed.map(([name, all]) => [name, [...new Set(all)]])),
    },
  };
}
