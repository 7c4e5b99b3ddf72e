// What is known of the table of accounts.
import type { ObjectClass } from '../../../provisioning/index.js';
import type { SqlConfig } from './sql.config.js';

export interface Column {
  readonly name: string;
  /** The type without its length: `character varying`, `text[]`. */
  readonly type: string;
  /** The type, with its precision, that prints values in its own way; null where they stay as they are. */
  readonly printedAs: string | null;
  readonly isArray: boolean;
  readonly isBinary: boolean;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  /** False for what only the database may write. */
  readonly isWritable: boolean;
}

export interface Constraint {
  readonly name: string;
  /** Whether no two rows can agree in its columns. */
  readonly isUnique: boolean;
  readonly columns: readonly string[];
}

export interface TableDescription {
  readonly columns: ReadonlyMap<string, Column>;
  readonly constraints: readonly Constraint[];
}

export function toObjectClass(description: TableDescription, config: SqlConfig): ObjectClass {
  const attributes = [...description.columns.values()]
    .filter((column) => column.isWritable && column.name !== config.idColumn)
    .map((column) => ({
      name: column.name,
      // The key is filled with the account's name.
      isRequired: !column.isNullable && !column.hasDefault && column.name !== config.keyColumn,
      isMultivalued: column.isArray,
      isBinary: column.isBinary,
    }));
  return { name: config.table, attributes };
}
