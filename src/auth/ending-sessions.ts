import { loadStatement, type Transaction } from '../platform/database/index.js';

type EndReason =
  'operator-changed' | 'password-changed' | 'ended-by-owner' | 'ended-by-administrator' | 'account-changed';

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
