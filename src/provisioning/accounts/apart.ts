// Work whose failure leaves the rest of its transaction whole.
import type { Transaction } from '../../platform/database/index.js';
import { codeOf } from '../../platform/failures/index.js';

export type Apart<Result> =
  { readonly ok: true; readonly value: Result } | { readonly ok: false; readonly error: unknown };

/** The database's own trouble: dead-locks, no room, shutting down. It is everybody's, and passes. */
const PASSING = /^(40|53|55|57|58|XX)/;

/** @throws what the whole transaction is to be tried again for */
export async function apart<Result>(
  transaction: Transaction,
  work: () => Promise<Result>,
): Promise<Apart<Result>> {
  await transaction.query('savepoint apart');
  try {
    const value = await work();
    await transaction.query('release savepoint apart');
    return { ok: true, value };
  } catch (error) {
    if (PASSING.test(codeOf(error))) throw error;
    // Refused where the connection is gone: then the transaction is too.
    await transaction.query('rollback to savepoint apart');
    await transaction.query('release savepoint apart');
    return { ok: false, error };
  }
}
