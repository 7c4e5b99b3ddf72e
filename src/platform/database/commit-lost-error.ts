// The one failure of a transaction after which nobody knows whether it took place.
import { DatabaseError } from 'pg';

export class CommitLostError extends Error {
  override readonly name = 'CommitLostError';

  constructor(cause: unknown) {
    super('The connection was lost during COMMIT. It is not known whether the transaction took place.', {
      cause,
    });
  }
}

/** What an error of COMMIT means: PostgreSQL refused it, or it went away with the answer. */
export function commitErrorOf(error: unknown): unknown {
  const isRefusal = error instanceof DatabaseError && !/^(08|57P)/.test(error.code ?? '');
  return isRefusal ? error : new CommitLostError(error);
}
