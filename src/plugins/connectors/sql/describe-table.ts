// Reads from the catalogue what the table of accounts is like.
import { loadStatement } from '../../../platform/database/index.js';
import { ConnectorError } from '../../../provisioning/index.js';
import type { SqlConfig } from './sql.config.js';
import type { SqlSession } from './sql-session.js';
import type { Column, TableDescription } from './table-description.js';

const describeColumns = loadStatement('describe-columns', import.meta.url);
const describeConstraints = loadStatement('describe-constraints', import.meta.url);

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly printed_as: string | null;
  readonly is_array: boolean;
  readonly is_binary: boolean;
  readonly is_nullable: boolean;
  readonly has_default: boolean;
  readonly is_writable: boolean;
}

interface ConstraintRow {
  readonly name: string;
  readonly is_unique: boolean;
  readonly columns: readonly string[];
}

/** @throws ConnectorError `misconfigured` when rows cannot be told apart by the configured columns. */
export async function describeTable(session: SqlSession, config: SqlConfig): Promise<TableDescription> {
  const values = [config.schema, config.table];
  const columns = await session.read<ColumnRow>({ ...describeColumns, values });
  const constraints = await session.read<ConstraintRow>({ ...describeConstraints, values });
  const description = {
    columns: new Map(columns.map((row) => [row.name, toColumn(row)])),
    constraints: constraints.map((row) => ({
      name: row.name,
      isUnique: row.is_unique,
      columns: row.columns,
    })),
  };
  requireUsable(description, config);
  return description;
}

function requireUsable(description: TableDescription, config: SqlConfig): void {
  const table = `${config.schema}.${config.table}`;
  if (description.columns.size === 0) {
    throw misconfigured(
      `There is no table ${table} in ${config.database}. Create it, or correct the settings.`,
    );
  }
  for (const name of [config.keyColumn, ...(config.idColumn === undefined ? [] : [config.idColumn])]) {
    if (!description.columns.has(name)) throw misconfigured(`The table ${table} has no column "${name}".`);
    const isUnique = description.constraints.some(
      (one) => one.isUnique && one.columns.length === 1 && one.columns[0] === name,
    );
    // Without it, one change could hit several rows.
    if (!isUnique)
      throw misconfigured(`The column "${name}" of ${table} is not unique. Add a unique constraint.`);
  }
}

function toColumn(row: ColumnRow): Column {
  return {
    name: row.name,
    type: row.type,
    printedAs: row.printed_as,
    isArray: row.is_array,
    isBinary: row.is_binary,
    isNullable: row.is_nullable,
    hasDefault: row.has_default,
    isWritable: row.is_writable,
  };
}

function misconfigured(message: string): ConnectorError {
  return new ConnectorError('misconfigured', message);
}
