// An account that is not wanted any more while an earlier attempt's effect is unknown: nothing is written, but what is
// there is found out, so that the deletion that follows knows it.
import type { Attempt, Outcome, UnsettledIntent } from '../../queue/index.js';
import type { Connector } from '../connector/connector.contract.js';
import type { AccountContext } from './account-context.js';
import { effectOf } from './account-effect.js';
import { type AccountRecords, confirmed } from './account-records.js';
import { locateObject } from './locate-object.js';
import type { ProvisioningPayload } from './provisioning-payload.js';

export const NOT_WANTED = 'nothing entitles to this account any more; its deletion follows';

export interface SettleContext {
  readonly attempt: Attempt<ProvisioningPayload>;
  readonly account: AccountContext;
  readonly connector: Connector;
  readonly records: AccountRecords;
  readonly intents: readonly UnsettledIntent[];
}

export async function settleAccount(context: SettleContext): Promise<Outcome> {
  const { attempt, connector, records, intents } = context;
  const located = await locateObject({ ...context, attributes: [] });
  if (!located) return { kind: 'executed', summary: NOT_WANTED };
  const { account, object } = located;
  const effect = effectOf(account, {
    connector,
    found: object,
    ref: object,
    intents: intents.filter(({ isOwn }) => isOwn),
    changes: [],
  });
  return confirmed(records, attempt, account, object, NOT_WANTED, [], effect);
}
