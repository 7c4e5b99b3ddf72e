import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import type { Statement } from './statement.js';

type Hook = () => Promise<void> | void;

/** One database transaction, handed on as a parameter to whatever must commit together. */
export class Transaction {
  readonly #beforeCommit: Hook[] = [];
  readonly #afterCommit: Hook[] = [];
  readonly #notes = new Map<symbol, unknown>();

  constructor(
    /** TypeORM's view of this transaction. */
    readonly manager: EntityManager,
    private readonly client: PoolClient,
  ) {}

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
}

export async function runQuery<Row>(
  client: Pick<PoolClient, 'query'>,
  statement: Statement | string,
  values: readonly unknown[],
): Promise<Row[]> {
  const text =
    typeof statement === 'string' ? { text: statement } : { name: statement.name, text: statement.text };
  try {
    const result = await client.query({ ...text, values: [...values] });
    return result.rows as Row[];
  } catch (error) {
    // The answer may still come, to whoever gets this connection next: it is cut, and the pool makes another.
    if (error instanceof Error && error.message === 'Query read timeout') await cut(client);
    throw error;
  }
}

async function cut(client: Pick<PoolClient, 'query'>): Promise<void> {
  const cuttable = client as PoolClient & { readonly connection?: { readonly stream?: { destroy(): void } } };
  const ended = new Promise((resolve) => cuttable.once('end', resolve));
  cuttable.connection?.stream?.destroy();
  await ended;
}
