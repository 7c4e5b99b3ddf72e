// A person says that an operation took effect: where the account's object is follows from what was announced last.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import type { ConfirmedOperation } from '../../queue/index.js';
import type { ProvisioningPayload } from './provisioning-payload.js';

const folder = new URL('..', import.meta.url).href;
const CONFIRM_BY_WORD = loadStatement('confirm-by-word', folder);
const FORGET_OBJECT = loadStatement('forget-object', folder);

export async function confirmByWord(
  transaction: Transaction,
  operations: readonly ConfirmedOperation<ProvisioningPayload>[],
): Promise<void> {
  for (const { payload, sent } of operations) {
    if (sent === null) continue;
    if (sent.action === 'delete') await transaction.query(FORGET_OBJECT, [payload.accountId]);
    else await transaction.query(CONFIRM_BY_WORD, [payload.accountId, sent.identifier]);
  }
}
