import type { PoolClient, QueryResult } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { commitErrorOf } from './commit-lost-error.js';
import type { Statement } from './statement.js';

type Hook = () => Promise<void> | void;

/** One database transaction, handed on as a parameter to whatever must commit together. */
export class Transaction {
  readonly #beforeCommit: Hook[] = [];
  readonly #afterCommit: Hook[] = [];
  readonly #notes = new Map<symbol, unknown>();
  #runner: QueryRunner | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly makeRunner: () => QueryRunner,
  ) {}

  /** TypeORM's view of this transaction; made for those who ask for it. */
  get manager(): EntityManager {
    this.#runner ??= this.makeRunner();
    return this.#runner.manager;
  }

  /** Statements asked for before the first is awaited travel together; they run in the order in which they were asked for. */
  async query<Row>(statement: Statement | string, values: readonly unknown[] = []): Promise<Row[]> {
    return runQuery<Row>(this.client, statement, values);
  }

  /** Runs just before COMMIT, still inside the transaction; hooks may add further hooks. */
  beforeCommit(hook: Hook): void {
    this.#beforeCommit.push(hook);
  }

  /** Runs after COMMIT succeeded; never when it failed. */
  afterCommit(hook: Hook): void {
    this.#afterCommit.push(hook);
  }

  /** What one module remembers for the length of this transaction. */
  note<Value>(key: symbol, create: () => Value): Value {
    if (!this.#notes.has(key)) this.#notes.set(key, create());
    return this.#notes.get(key) as Value;
  }

  /** For `Database` alone. */
  async runBeforeCommit(): Promise<void> {
    for (let index = 0; index < this.#beforeCommit.length; index += 1) await this.#beforeCommit[index]?.();
  }

  /** For `Database` alone. */
  async runAfterCommit(): Promise<void> {
    for (const hook of this.#afterCommit) await hook();
  }

  /** For `Database` alone. */
  async end(): Promise<void> {
    await this.#runner?.release();
  }
}

type Connection = PoolClient & {
  readonly connection?: { readonly stream?: { cork(): void; uncork(): void; destroy(): void } };
};

export async function runQuery<Row>(
  client: PoolClient,
  statement: Statement | string,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await send(client, statement, values)).rows as Row[];
}

/** @throws CommitLostError; Error when PostgreSQL has rolled back instead: a statement failed, and `work` went on. */
export async function commit(client: PoolClient): Promise<void> {
  const { command } = await send(client, 'commit', []).catch((error: unknown) => {
    throw commitErrorOf(error);
  });
  if (command !== 'COMMIT')
    throw new Error('A statement of the transaction failed, so nothing of it was committed.');
}

async function send(
  client: Connection,
  statement: Statement | string,
  values: readonly unknown[],
): Promise<QueryResult> {
  const text =
    typeof statement === 'string' ? { text: statement } : { name: statement.name, text: statement.text };
  // What is asked for in one turn goes out in one piece: a system call costs more than most statements.
  const stream = client.connection?.stream;
  stream?.cork();
  process.nextTick(() => stream?.uncork());
  try {
    return await client.query({ ...text, values: [...values] });
  } catch (error) {
    // The answer may still come, to whoever gets this connection next: it is cut, and the pool makes another.
    if (error instanceof Error && error.message === 'Query read timeout') await cut(client);
    throw error;
  }
}

async function cut(client: Connection): Promise<void> {
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.connection?.stream?.destroy();
  await ended;
}
