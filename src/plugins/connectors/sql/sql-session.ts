// Connections to one database, and what became of a statement that got no answer.
import { type ClientBase, Pool, type PoolClient, type QueryConfig, type QueryResultRow } from 'pg';
import { withDeadline, wordsOf } from '../../../platform/failures/index.js';
import type { Secret } from '../../../platform/logging/index.js';
import {
  type ConnectorContext,
  ConnectorError,
  DATABASE_IDENTITY,
  OWN_DATABASE,
} from '../../../provisioning/index.js';
import type { SqlConfig } from './sql.config.js';
import { type ErrorContext, toConnectorError } from './sql.errors.js';
import type { SqlStatement } from './statements.js';

/**
 * How much of a call one statement may take. Earlier than our own deadline: the server's "canceled" says that nothing
 * was done, silence does not.
 */
const STATEMENT_SHARE = 0.8;

export class SqlPool {
  readonly #pool: Pool;
  readonly #password: Secret;
  readonly #callTimeoutMs: number;

  constructor(config: SqlConfig, password: Secret, context: ConnectorContext) {
    this.#password = password;
    this.#callTimeoutMs = context.callTimeoutMs;
    this.#pool = new Pool({
      host: config.host,
      port: config.port,
      database: config.database,
      user: config.user,
      // A function: the pool's options show no password.
      password: () => password.reveal(),
      ssl: config.tls && {
        rejectUnauthorized: config.insecure !== 'unverified-certificate',
        minVersion: 'TLSv1.2',
        ...(config.caCertificate === undefined ? {} : { ca: config.caCertificate }),
      },
      // It connects to the host's checked address, and the certificate is held against its name.
      stream: context.socket,
      application_name: 'provost',
      max: config.poolSize,
      connectionTimeoutMillis: context.connectTimeoutMs,
      // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for the promise; its type does not say so
      onConnect: (client) => prepare(client, context),
    });
    // Without a listener, an idle connection that breaks would end the process.
    this.#pool.on('error', (error) =>
      context.log({ reason: error.message }, 'idle database connection lost'),
    );
  }

  /** Runs `work` with a connection of its own, within the call timeout and the signal. */
  use<Result>(
    signal: AbortSignal,
    work: (session: SqlSession, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.withinCall(signal, async (limit) => {
      const session = await this.acquire(limit);
      try {
        return await session.endedBy(limit, () => work(session, limit));
      } finally {
        session.release();
      }
    });
  }

  /** One deadline of the call timeout, for callers that keep a session over several. */
  withinCall<Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return withDeadline(signal, this.#callTimeoutMs, work);
  }

  /** A session for the caller alone, until its `release`. */
  acquire(signal: AbortSignal): Promise<SqlSession> {
    if (this.#password.reveal() === '') {
      return Promise.reject(
        new ConnectorError('invalid-credentials', 'The password is empty. Enter the role’s password.'),
      );
    }
    if (signal.aborted) return Promise.reject(ended(signal));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => settle(() => reject(ended(signal)));
      const settle = (finish: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      this.#pool.connect((error, client, release) => {
        if (client === undefined) settle(() => reject(connectError(error)));
        else if (signal.aborted) release();
        else settle(() => resolve(new SqlSession(client)));
      });
      signal.addEventListener('abort', onAbort);
    });
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }
}

export class SqlSession {
  readonly #client: PoolClient;
  #isReleased = false;
  #end: AbortSignal | undefined;

  constructor(client: PoolClient) {
    this.#client = client;
    // The statement in progress reports it; the event alone would end the process.
    client.on('error', ignore);
  }

  /** A statement that changes nothing. */
  read<Row extends object>(statement: SqlStatement & { readonly name?: string }): Promise<Row[]> {
    return this.run<Row>(statement, { operation: 'read' });
  }

  /** A statement that is committed by itself. Errors say whether it may have been. */
  async run<Row extends object>(
    statement: SqlStatement & { readonly name?: string },
    context: Omit<ErrorContext, 'wasSent'>,
  ): Promise<Row[]> {
    this.#requireTime('none');
    try {
      const result = await this.#client.query<Row & QueryResultRow>({
        ...statement,
        values: [...statement.values],
      });
      return result.rows;
    } catch (error) {
      const translated = toConnectorError(error, { ...context, wasSent: true });
      this.#requireTime(translated.effect);
      throw translated;
    }
  }

  /** Cuts the connection when the signal fires: PostgreSQL has no other way to stop waiting at once. */
  async endedBy<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    this.#end = signal;
    const onAbort = (): void => this.release(true);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#end = undefined;
    }
  }

  #requireTime(effect: 'none' | 'unknown'): void {
    if (this.#end?.aborted === true) throw ended(this.#end, effect);
  }

  /** Gives the connection back, or ends it. */
  release(isBroken = false): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.release(isBroken);
    this.#client.off('error', ignore);
  }
}

/**
 * Refuses Provost's own database, whatever name led to it. How values look as text must not depend on the role's or the
 * server's settings.
 */
async function prepare(client: ClientBase, context: ConnectorContext): Promise<void> {
  const statementTimeoutMs = Math.max(1, Math.floor(context.callTimeoutMs * STATEMENT_SHARE));
  await client.query({
    text: `set statement_timeout = ${statementTimeoutMs}; set timezone = 'UTC'; set datestyle = 'ISO, YMD';
      set intervalstyle = 'iso_8601'; set bytea_output = 'hex'; set extra_float_digits = 1`,
    query_timeout: context.connectTimeoutMs,
  } as QueryConfig);
  const identity = { text: DATABASE_IDENTITY, query_timeout: context.connectTimeoutMs };
  const { rows } = await client.query<{ identity: string }>(identity);
  if (rows[0]?.identity === (await context.ownDatabase())) {
    throw new ConnectorError('misconfigured', `${OWN_DATABASE}.`);
  }
}

function connectError(error: unknown): ConnectorError {
  return toConnectorError(error, { operation: 'connect', wasSent: false });
}

function ended(signal: AbortSignal, effect: 'none' | 'unknown' = 'none'): ConnectorError {
  return new ConnectorError('timeout', `The call was ended: ${wordsOf(signal.reason)}.`, { effect });
}

function ignore(): void {}
