import { loadStatement, type Transaction } from '../platform/database/index.js';

type EndReason =
  'operator-changed' | 'password-changed' | 'ended-by-owner' | 'ended-by-administrator' | 'account-changed';

const deleteDeadSessions = loadStatement('delete-dead-sessions', import.meta.url);
const endSessionsOfOperator = loadStatement('end-sessions-of-operator', import.meta.url);

/** Ends every session of an operator, but for one when it is named; their number. */
export async function endSessionsOf(
  transaction: Transaction,
  operatorId: string,
  reason: EndReason,
  exceptId: string | null = null,
): Promise<number> {
  return (await transaction.query(endSessionsOfOperator, [operatorId, reason, exceptId])).length;
}

/** Forgets the sessions of an operator that are over; done whenever it gets a new one, so that they stay few. */
export async function deleteDeadSessionsOf(transaction: Transaction, operatorId: string): Promise<void> {
  await transaction.query(deleteDeadSessions, [operatorId]);
}
