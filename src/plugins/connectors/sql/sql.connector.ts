// Reads and writes the rows of one PostgreSQL table: one row is one object, its key column's text the identifier.
// Each change is one statement that commits by itself.
import type { Secret } from '../../../platform/logging/index.js';
import {
  type AttributeDelta,
  type Attributes,
  type Connector,
  type ConnectorContext,
  ConnectorError,
  type ConnectorObject,
  type ObjectClass,
  type ObjectRef,
} from '../../../provisioning/index.js';
import { SqlPool, type SqlSession } from './sql-session.js';
import type { SqlConfig } from './sql.config.js';
import type { ErrorContext } from './sql.errors.js';
import { type Cell, toAttributes } from './sql.mapping.js';
import {
  deleteRow,
  insertRow,
  readAllRows,
  readRow,
  renameRow,
  type SqlStatement,
  updateRow,
} from './statements.js';
import { describeTable } from './describe-table.js';
import { type Stored, storedValues } from './stored-values.js';
import { type Column, type TableDescription, toObjectClass } from './table-description.js';

const PAGE_ROWS = 200;

type Row = Readonly<Record<string, Cell>>;
interface Ids {
  readonly identifier: string;
  readonly native_id: string | null;
}

export class SqlConnector implements Connector {
  readonly #config: SqlConfig;
  readonly #pool: SqlPool;
  #table: TableDescription | undefined;

  constructor(config: SqlConfig, password: Secret, context: ConnectorContext) {
    this.#config = config;
    this.#pool = new SqlPool(config, password, context);
  }

  async test(signal: AbortSignal): Promise<string> {
    const { host, port, database, schema, table, tls } = this.#config;
    return this.#pool.use(signal, async (session) => {
      const [server] = await session.read<{ role: string; version: string }>({
        text: `select current_user::text as role, current_setting('server_version') as version`,
        values: [],
      });
      const description = await this.#describe(session);
      return (
        `Connected as ${server?.role} to PostgreSQL ${server?.version} at ${host}:${port}, database ${database} ` +
        `(${tls ? 'encrypted' : 'not encrypted'}); the table ${schema}.${table} has ${description.columns.size} columns.`
      );
    });
  }

  async schema(objectClass: string, signal: AbortSignal): Promise<ObjectClass> {
    this.#requireTable(objectClass);
    return this.#pool.use(signal, async (session) =>
      toObjectClass(await this.#describe(session), this.#config),
    );
  }

  async read(
    objectClass: string,
    ref: ObjectRef,
    attributes: readonly string[],
    signal: AbortSignal,
  ): Promise<ConnectorObject | null> {
    this.#requireTable(objectClass);
    return this.#pool.use(signal, async (session) => {
      const columns = await this.#columnsOf(session, attributes);
      const [row] = await session.read<Row>(readRow(this.#config, ref, columns));
      return row === undefined ? null : toObject(row, columns);
    });
  }

  async create(
    objectClass: string,
    identifier: string,
    attributes: Attributes,
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    this.#requireTable(objectClass);
    const { keyColumn } = this.#config;
    const key = attributes[keyColumn] ?? [];
    if (key.length > 0 && (key.length > 1 || key[0] !== identifier)) {
      throw invalid(keyColumn, `${keyColumn} is filled with the account's name, which is "${identifier}"`);
    }
    return this.#pool.use(signal, async (session) => {
      const names = Object.keys(attributes).filter(
        (name) => name !== keyColumn && attributes[name]?.length !== 0,
      );
      const columns = await this.#columnsOf(session, names);
      const assignments = columns.map((column) => ({ column, values: attributes[column.name] ?? [] }));
      const statement = insertRow(this.#config, identifier, assignments);
      const [row] = await this.#change(session, statement, { operation: 'create', assigned: attributes });
      if (row === undefined)
        throw new ConnectorError('conflict', 'The database took the row but did not insert it.');
      return toRef(row);
    });
  }

  async update(
    objectClass: string,
    ref: ObjectRef,
    deltas: readonly AttributeDelta[],
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    this.#requireTable(objectClass);
    const { keyColumn } = this.#config;
    const effective = deltas.filter(
      (delta) => 'replace' in delta || delta.add.length + delta.remove.length > 0,
    );
    const names = effective.map((delta) => delta.attribute);
    if (names.includes(keyColumn)) throw invalid(keyColumn, `${keyColumn} changes by a rename only`);
    if (effective.length === 0) return ref;
    return this.#pool.use(signal, async (session) => {
      const columns = await this.#columnsOf(session, names);
      const changes = columns.flatMap((column, index) => {
        const delta = effective[index];
        return delta === undefined ? [] : [{ column, delta }];
      });
      const statement = updateRow(this.#config, ref, changes);
      return requireRow(
        ref,
        await this.#change(session, statement, { operation: 'update', assigned: valuesOf(effective) }),
      );
    });
  }

  async rename(
    objectClass: string,
    ref: ObjectRef,
    identifier: string,
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    this.#requireTable(objectClass);
    return this.#pool.use(signal, async (session) => {
      await this.#columnsOf(session, []);
      const statement = renameRow(this.#config, ref, identifier);
      return requireRow(
        ref,
        await this.#change(session, statement, {
          operation: 'rename',
          assigned: { [this.#config.keyColumn]: [identifier] },
        }),
      );
    });
  }

  async delete(objectClass: string, ref: ObjectRef, signal: AbortSignal): Promise<void> {
    this.#requireTable(objectClass);
    await this.#pool.use(signal, async (session) => {
      await this.#columnsOf(session, []);
      requireRow(ref, await this.#change(session, deleteRow(this.#config, ref), { operation: 'delete' }));
    });
  }

  /** One snapshot, fetched in pages. */
  async *search(
    objectClass: string,
    attributes: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ConnectorObject, void, undefined> {
    this.#requireTable(objectClass);
    const session = await this.#pool.withinCall(signal, (limit) => this.#pool.acquire(limit));
    const within = <Result>(work: () => Promise<Result>): Promise<Result> =>
      this.#pool.withinCall(signal, (limit) => session.endedBy(limit, work));
    let isDone = false;
    try {
      const columns = await within(() => this.#columnsOf(session, attributes));
      await within(async () => {
        await session.read({ text: 'begin isolation level repeatable read, read only', values: [] });
        const { text, values } = readAllRows(this.#config, columns);
        await session.read({ text: `declare objects no scroll cursor for ${text}`, values });
      });
      for (;;) {
        const rows = await within(() =>
          session.read<Row>({ text: `fetch ${PAGE_ROWS} from objects`, values: [] }),
        );
        if (rows.length === 0) break;
        for (const row of rows) yield toObject(row, columns);
      }
      await within(() => session.read({ text: 'commit', values: [] }));
      isDone = true;
    } finally {
      // Left in the middle, the connection still has a transaction open.
      session.release(!isDone);
    }
  }

  async asStored(
    objectClass: string,
    identifier: string,
    attributes: Attributes,
    signal: AbortSignal,
  ): Promise<Stored> {
    this.#requireTable(objectClass);
    return this.#pool.use(signal, async (session) => {
      const columns = await this.#columnsOf(session, [...Object.keys(attributes), this.#config.keyColumn]);
      return storedValues(session, this.#table, columns, { identifier, attributes });
    });
  }

  isSameIdentifier(left: string, right: string): boolean {
    return left === right;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #change(
    session: SqlSession,
    statement: SqlStatement,
    context: Pick<ErrorContext, 'operation' | 'assigned'>,
  ): Promise<Ids[]> {
    const { keyColumn } = this.#config;
    return session.run<Ids>(statement, { ...context, keyColumn, table: this.#table });
  }

  /** The columns with these names, in this order. What is not known is looked up again before it is refused. */
  async #columnsOf(session: SqlSession, names: readonly string[]): Promise<readonly Column[]> {
    const find = (table: TableDescription | undefined): (Column | undefined)[] =>
      names.map((name) => table?.columns.get(name));
    let found = find(this.#table);
    if (this.#table === undefined || found.includes(undefined)) found = find(await this.#describe(session));
    return found.map((column, index) => {
      const name = names[index] ?? '';
      if (column === undefined) {
        throw invalid(name, `The table ${this.#config.schema}.${this.#config.table} has no column "${name}"`);
      }
      return column;
    });
  }

  async #describe(session: SqlSession): Promise<TableDescription> {
    this.#table = await describeTable(session, this.#config);
    return this.#table;
  }

  #requireTable(objectClass: string): void {
    const { table } = this.#config;
    if (objectClass === table) return;
    throw new ConnectorError(
      'misconfigured',
      `This system has the object class "${table}" and no "${objectClass}".`,
    );
  }
}

function toObject(row: Row, columns: readonly Column[]): ConnectorObject {
  const ids = row as unknown as Ids;
  return { ...toRef(ids), attributes: toAttributes(row, columns) };
}

function valuesOf(deltas: readonly AttributeDelta[]): Attributes {
  return Object.fromEntries(
    deltas.map((delta) => [
      delta.attribute,
      'replace' in delta ? delta.replace : [...delta.add, ...delta.remove],
    ]),
  );
}

function toRef(row: Ids): ObjectRef {
  return { identifier: row.identifier, nativeId: row.native_id };
}

function requireRow(ref: ObjectRef, [row]: readonly Ids[]): ObjectRef {
  if (row === undefined) throw new ConnectorError('not-found', `There is no row "${ref.identifier}".`);
  return toRef(row);
}

function invalid(attribute: string, message: string): ConnectorError {
  return new ConnectorError('invalid-attribute', `${message}.`, { attribute });
}
