// The statements of the SQL connector. Names are quoted, values are parameters: no text of a person becomes SQL.
import type { AttributeDelta, AttributeValue, ObjectRef } from '../../../provisioning/index.js';
import type { SqlConfig } from './sql.config.js';
import { cellName, type Parameter, requireText, toParameter, toSendable } from './sql.mapping.js';
import type { Column } from './table-description.js';

export interface SqlStatement {
  readonly text: string;
  readonly values: readonly Parameter[];
}

/** A column and what it shall hold. */
export interface Assignment {
  readonly column: Column;
  readonly values: readonly AttributeValue[];
}

export function readRow(config: SqlConfig, ref: ObjectRef, columns: readonly Column[]): SqlStatement {
  const parameters = new Parameters();
  const condition = isObject(config, ref, parameters);
  return parameters.statement(`select ${cells(config, columns)} from ${tableOf(config)} where ${condition}`);
}

export function readAllRows(config: SqlConfig, columns: readonly Column[]): SqlStatement {
  return new Parameters().statement(`select ${cells(config, columns)} from ${tableOf(config)}`);
}

export function insertRow(
  config: SqlConfig,
  identifier: string,
  assignments: readonly Assignment[],
): SqlStatement {
  const parameters = new Parameters();
  const names = [config.keyColumn, ...assignments.map(({ column }) => column.name)].map(quote);
  const places = [
    parameters.add(requireText(config.keyColumn, identifier)),
    ...assignments.map(({ column, values }) => parameters.add(toParameter(column, values))),
  ];
  return parameters.statement(
    `insert into ${tableOf(config)} (${names.join(', ')}) values (${places.join(', ')}) returning ${ids(config)}`,
  );
}

export function updateRow(
  config: SqlConfig,
  ref: ObjectRef,
  changes: readonly { readonly column: Column; readonly delta: AttributeDelta }[],
): SqlStatement {
  const parameters = new Parameters();
  const sets = changes.map(
    ({ column, delta }) => `${quote(column.name)} = ${newValue(column, delta, parameters)}`,
  );
  const condition = isObject(config, ref, parameters);
  return parameters.statement(
    `update ${tableOf(config)} set ${sets.join(', ')} where ${condition} returning ${ids(config)}`,
  );
}

export function renameRow(config: SqlConfig, ref: ObjectRef, identifier: string): SqlStatement {
  const parameters = new Parameters();
  const place = parameters.add(requireText(config.keyColumn, identifier));
  const condition = isObject(config, ref, parameters);
  return parameters.statement(
    `update ${tableOf(config)} set ${quote(config.keyColumn)} = ${place} where ${condition} returning ${ids(config)}`,
  );
}

export function deleteRow(config: SqlConfig, ref: ObjectRef): SqlStatement {
  const parameters = new Parameters();
  const condition = isObject(config, ref, parameters);
  return parameters.statement(`delete from ${tableOf(config)} where ${condition} returning ${ids(config)}`);
}

/** How values look once they are stored; null when all stay as they are. */
export function printValues(assignments: readonly Assignment[]): SqlStatement | null {
  const parameters = new Parameters();
  const printed = assignments.flatMap(({ column, values }, index) => {
    if (column.printedAs === null || values.length === 0) return [];
    const given = `${parameters.add(toParameter(column, values))}::${column.printedAs}`;
    return [`${given}${column.isArray ? '::text[]' : '::text'} as ${cellName(index)}`];
  });
  return printed.length === 0 ? null : parameters.statement(`select ${printed.join(', ')}`);
}

/** An SQL identifier, whatever is in the name. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

class Parameters {
  readonly #values: Parameter[] = [];

  /** The place of a value in the text. */
  add(value: Parameter): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }

  statement(text: string): SqlStatement {
    return { text, values: this.#values };
  }
}

function tableOf(config: SqlConfig): string {
  return `${quote(config.schema)}.${quote(config.table)}`;
}

function isObject(config: SqlConfig, ref: ObjectRef, parameters: Parameters): string {
  const hasId = config.idColumn !== undefined && ref.nativeId !== null;
  const column = hasId ? config.idColumn : config.keyColumn;
  const value = hasId ? ref.nativeId : ref.identifier;
  return `${quote(column ?? config.keyColumn)} = ${parameters.add(requireText(config.keyColumn, value ?? ''))}`;
}

function ids(config: SqlConfig): string {
  const id = config.idColumn === undefined ? 'null::text' : `${quote(config.idColumn)}::text`;
  return `${quote(config.keyColumn)}::text as identifier, ${id} as native_id`;
}

/** Everything but bytes travels as text, so that what was written compares equal to what is read. */
function cells(config: SqlConfig, columns: readonly Column[]): string {
  const list = columns.map(({ name, isArray, isBinary }, index) => {
    const cast = isBinary ? '' : isArray ? '::text[]' : '::text';
    return `${quote(name)}${cast} as ${cellName(index)}`;
  });
  return [ids(config), ...list].join(', ');
}

function newValue(column: Column, delta: AttributeDelta, parameters: Parameters): string {
  if ('replace' in delta) return parameters.add(toParameter(column, delta.replace));
  const current = quote(column.name);
  if (!column.isArray) {
    if (delta.add.length > 0) return parameters.add(toParameter(column, delta.add));
    const removed = parameters.add(toSendable(column, delta.remove));
    return `case when ${current}::text = any (${removed}::text[]) then null else ${current} end`;
  }
  const removed = `${parameters.add(toSendable(column, delta.remove))}::text[]`;
  const added = `${parameters.add(toSendable(column, delta.add))}::text[]`;
  const present = `coalesce(${current}::text[], '{}')`;
  const next =
    `array(select kept.value from unnest(${present}) with ordinality as kept(value, place) ` +
    `where kept.value <> all (${removed}) order by kept.place) || ` +
    `array(select new.value from unnest(${added}) with ordinality as new(value, place) ` +
    `where new.value <> all (${present}) or new.value = any (${removed}) order by new.place)`;
  return column.isNullable ? `nullif(${next}, '{}')::${column.type}` : `(${next})::${column.type}`;
}
