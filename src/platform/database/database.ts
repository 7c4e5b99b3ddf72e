// Connections and transactions. Every statement that must commit with others takes the Transaction as a parameter.
import { type Pool, type PoolClient, types } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { currentWitness } from './commit-witness.js';
import { SnakeNaming } from './snake-naming.js';
import type { Statement } from './statement.js';
import { commit, runQuery, Transaction } from './transaction.js';

// int8 arrives as text by default; ids and counts here stay far below 2^53.
types.setTypeParser(types.builtins.INT8, Number);

/** How long an answer may be on its way after the server gave up on the statement. */
const ANSWER_GRACE_MS = 2_000;

const KEEP_TO_INDEXES = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

export interface DatabaseOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** Without it a statement waits for a lock as long as it may run. */
  readonly lockTimeoutMs?: number;
  readonly idleTransactionTimeoutMs?: number;
  /**
   * For statements that are made for their indexes and run on tables that are empty now and full a minute later: the
   * planner keeps to nested loops over indexes, whatever its statistics say.
   */
  readonly keepsToIndexes?: boolean;
  // eslint-disable-next-line typescript/no-unsafe-function-type -- TypeORM's own type of an entity class
  readonly entities?: readonly Function[];
}

export class Database {
  readonly #dataSource: DataSource;

  constructor(readonly options: DatabaseOptions) {
    this.#dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      applicationName: options.applicationName,
      poolSize: options.poolSize,
      entities: [...(options.entities ?? [])] as never[],
      namingStrategy: new SnakeNaming(),
      synchronize: false,
      connectTimeoutMS: 5_000,
      // A dropped idle connection is news for the log of the next query, not a reason to die.
      poolErrorHandler: () => undefined,
      extra: {
        statement_timeout: options.statementTimeoutMs,
        // The server's own limit says nothing about a connection that swallows everything.
        query_timeout: options.statementTimeoutMs + ANSWER_GRACE_MS,
        lock_timeout: options.lockTimeoutMs ?? 0,
        idle_in_transaction_session_timeout: options.idleTransactionTimeoutMs ?? 30_000,
        ...(options.keepsToIndexes ? { options: KEEP_TO_INDEXES } : {}),
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        // Statements that need not wait for each other's answers travel together: see `runQuery`.
        pipeline: true,
      },
    });
  }

  async connect(): Promise<void> {
    if (!this.#dataSource.isInitialized) await this.#dataSource.initialize();
  }

  async close(): Promise<void> {
    if (this.#dataSource.isInitialized) await this.#dataSource.destroy();
  }

  /** TypeORM outside a transaction: reads only. */
  get manager(): EntityManager {
    return this.#dataSource.manager;
  }

  /** One statement, committed by itself. */
  async query<Row>(statement: Statement | string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#withClient((client) => runQuery<Row>(client, statement, values));
  }

  /** Runs `work` in one transaction; commits when it resolves, rolls back when it throws. */
  async transact<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const witness = currentWitness();
    const { transaction, result } = await this.#withClient(async (client) => {
      const begun = new Transaction(client, () => this.#runnerWithin(client));
      await runQuery(client, 'begin', []);
      try {
        const done = await work(begun);
        await begun.runBeforeCommit();
        await witness?.beforeCommit(begun);
        await commit(client);
        return { transaction: begun, result: done };
      } catch (error) {
        // The connection may be the thing that failed: the first error is the one to report.
        await runQuery(client, 'rollback', []).catch(() => undefined);
        throw error;
      } finally {
        await begun.end();
      }
    });
    witness?.afterCommit();
    await transaction.runAfterCommit();
    return result;
  }

  /** TypeORM on a connection with an open transaction that is not its own: it neither begins nor ends one. */
  #runnerWithin(client: PoolClient): QueryRunner {
    const runner = this.#dataSource.createQueryRunner();
    return Object.assign(runner, {
      databaseConnection: client,
      isTransactionActive: true,
      transactionDepth: 1,
    });
  }

  async #withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    // TypeORM's pool, without what TypeORM does around each statement.
    const client = await (this.#dataSource.driver as unknown as { readonly master: Pool }).master.connect();
    let lost: Error | undefined;
    const onError = (error: Error): void => void (lost = error);
    client.on('error', onError);
    try {
      return await work(client);
    } finally {
      client.off('error', onError);
      client.release(lost);
    }
  }
}

/** Whether `error` says that the named unique constraint or index was violated (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const cause = (error as { driverError?: unknown } | null)?.driverError ?? error;
  const { code, constraint: violated } = (cause ?? {}) as { code?: string; constraint?: string };
  return code === '23505' && (constraint === undefined || violated === constraint);
}
