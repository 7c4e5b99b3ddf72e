// Deletes the object of an account that nobody is entitled to any more; only one that is provably the account's.
import type { Attempt, Outcome } from '../../queue/index.js';
import type { Connector } from '../connector/connector.contract.js';
import { ConnectorError } from '../connector/connector-error.js';
import type { AccountContext } from './account-context.js';
import { type AccountRecords, forgotten } from './account-records.js';
import type { ProvisioningPayload } from './provisioning-payload.js';

export interface DeleteContext {
  readonly attempt: Attempt<ProvisioningPayload>;
  readonly account: AccountContext;
  readonly connector: Connector;
  readonly records: AccountRecords;
}

export async function deleteAccount({
  attempt,
  account,
  connector,
  records,
}: DeleteContext): Promise<Outcome> {
  if (account.identifier === null) return forgotten(records, account, 'there was never an object');
  const ref = { identifier: account.identifier, nativeId: account.nativeId };
  const found = await connector.read(account.objectClass, ref, [], attempt.signal);
  if (!found) return forgotten(records, account, `${account.identifier} was gone already`);
  await attempt.intend({ action: 'delete', identifier: found.identifier, digests: {} });
  try {
    await connector.delete(account.objectClass, found, attempt.signal);
  } catch (error) {
    // Somebody was faster: it is gone, which is what was wanted.
    if (!(error instanceof ConnectorError) || error.code !== 'not-found') throw error;
  }
  return forgotten(records, account, `deleted ${found.identifier}`);
}
