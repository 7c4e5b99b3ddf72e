// Deletes the object of an account that nobody is entitled to any more; only one that is provably the account's.
import type { Attempt, Outcome } from '../../queue/index.js';
import type { Connector } from '../connector/connector.contract.js';
import { ConnectorError } from '../connector/connector-error.js';
import type { AccountContext } from './account-context.js';
import { type AccountEffect, type AccountRecords, forgotten } from './account-records.js';
import { locateObject } from './locate-object.js';
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
  const intents = await attempt.unsettledIntents();
  const located = await locateObject({ attempt, account, connector, records, intents, attributes: [] });
  // An earlier attempt, whose answer was lost, may have done it.
  const mayHaveArrived = intents.some(({ action }) => action === 'delete');
  const gone = (was: string, isOurs: boolean, summary: string): Outcome =>
    forgotten(records, attempt, account, summary, isOurs ? deletionOf(was) : null);
  if (!located) {
    if (account.identifier === null)
      return forgotten(records, attempt, account, 'there was never an object', null);
    return gone(account.identifier, mayHaveArrived, `${account.identifier} was gone already`);
  }
  const { object } = located;
  await attempt.intend({ action: 'delete', identifier: object.identifier, digests: {} });
  try {
    await connector.delete(account.objectClass, object, attempt.signal);
  } catch (error) {
    // Somebody was faster: it is gone, which is what was wanted.
    if (!(error instanceof ConnectorError) || error.code !== 'not-found') throw error;
    return gone(object.identifier, mayHaveArrived, `${object.identifier} was gone already`);
  }
  return gone(object.identifier, true, `deleted ${object.identifier}`);
}

function deletionOf(identifier: string): AccountEffect {
  return { verb: 'deleted', was: identifier, becomes: null, changes: [] };
}
