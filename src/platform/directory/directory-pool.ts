// A few authenticated connections to one directory. A dead one is replaced when it is next needed; a refused
// password is not tried again at once, so that no retry locks the account out.
import { type Clock, systemClock } from '../clock/index.js';
import { withDeadline, wordsOf } from '../failures/index.js';
import { type ConnectionOptions, DirectoryConnection } from './directory-connection.js';
import { DirectoryConnectionError, DirectoryResultError } from './directory-error.js';

export interface PoolOptions extends ConnectionOptions {
  readonly poolSize: number;
  /** For TCP, TLS and bind together. */
  readonly connectTimeoutMs: number;
  /** For one use of a connection, connecting included. */
  readonly callTimeoutMs: number;
}

const INVALID_CREDENTIALS = 49;
/** How long a refused password is not tried again. */
const REFUSED_PAUSE_MS = 30_000;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class DirectoryPool {
  readonly #options: PoolOptions;
  readonly #clock: Clock;
  readonly #idle: DirectoryConnection[] = [];
  readonly #waiting = new Set<Waiter>();
  /** How many may be taken: idle ones and ones not opened yet. */
  #free: number;
  #isClosed = false;
  #refused: { readonly error: DirectoryResultError; readonly atMs: number } | undefined;

  constructor(options: PoolOptions, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
    this.#free = options.poolSize;
  }

  /** Runs `work` with a connection of its own, within the call timeout and the signal. */
  use<Result>(
    signal: AbortSignal,
    work: (connection: DirectoryConnection, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.withinCall(signal, async (limit) => {
      const connection = await this.acquire(limit);
      try {
        return await work(connection, limit);
      } finally {
        this.release(connection);
      }
    });
  }

  /** One deadline of the pool's call timeout, for callers that keep a connection over several. */
  withinCall<Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return withDeadline(signal, this.#options.callTimeoutMs, work);
  }

  /** A connection for the caller alone, until `release`. */
  async acquire(signal: AbortSignal): Promise<DirectoryConnection> {
    await this.#takeTurn(signal);
    try {
      for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
        if (idle.isOpen) return idle;
      }
      return await this.#open(signal);
    } catch (error) {
      this.#giveTurn();
      throw error;
    }
  }

  release(connection: DirectoryConnection): void {
    if (this.#isClosed) connection.close();
    else if (connection.isOpen) this.#idle.push(connection);
    this.#giveTurn();
  }

  /** Runs `work` on a connection opened for it alone: shows that the credentials hold now. */
  probe<Result>(
    signal: AbortSignal,
    work: (connection: DirectoryConnection, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.withinCall(signal, async (limit) => {
      this.#refused = undefined;
      const connection = await this.#open(limit);
      try {
        return await work(connection, limit);
      } finally {
        connection.close();
      }
    });
  }

  /** Ends the idle connections now and each other when it comes back. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
    for (const waiter of this.#waiting) waiter.reject(closed());
  }

  async #open(signal: AbortSignal): Promise<DirectoryConnection> {
    if (this.#refused !== undefined && this.#clock.monotonicMs() - this.#refused.atMs < REFUSED_PAUSE_MS) {
      throw this.#refused.error;
    }
    try {
      return await withDeadline(signal, this.#options.connectTimeoutMs, (limit) =>
        DirectoryConnection.open(this.#options, limit),
      );
    } catch (error) {
      if (error instanceof DirectoryResultError && error.code === INVALID_CREDENTIALS) {
        this.#refused = { error, atMs: this.#clock.monotonicMs() };
      }
      if (error instanceof DirectoryConnectionError && error.failure === 'ended' && !signal.aborted) {
        throw new DirectoryConnectionError(
          'unreachable',
          `${this.#options.url} does not answer. ${error.message}`,
        );
      }
      throw error;
    }
  }

  #takeTurn(signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => waiter.reject(endedWaiting(signal));
      const waiter: Waiter = {
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  }

  /** Hands the turn to the longest waiting, or keeps it for the next. */
  #giveTurn(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }
}

function closed(): DirectoryConnectionError {
  return new DirectoryConnectionError('ended', 'The connections to the directory are closed.');
}

function endedWaiting(signal: AbortSignal): DirectoryConnectionError {
  return new DirectoryConnectionError(
    'ended',
    `All connections to the directory are in use and the call was ended: ${wordsOf(signal.reason)}.`,
  );
}
