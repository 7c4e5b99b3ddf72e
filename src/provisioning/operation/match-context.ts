// What matching an account has in hand, and what it says when the place it needs is not free.
import type { Attempt, Outcome } from '../../queue/index.js';
import type { Connector, ObjectRef } from '../connector/connector.contract.js';
import type { AccountContext } from './account-context.js';
import type { AccountRecords } from './account-records.js';
import type { ProvisioningPayload } from './provisioning-payload.js';
import type { WantedObject } from './wanted-object.js';

export interface MatchContext {
  readonly attempt: Attempt<ProvisioningPayload>;
  readonly account: AccountContext;
  readonly wanted: WantedObject;
  readonly connector: Connector;
  readonly records: AccountRecords;
}

/** Where the object is to be, whatever stands there. */
export function placeOf({ identifier }: WantedObject): ObjectRef {
  return { identifier, nativeId: null };
}

/** Another account may be about to leave the place: that passes. */
export function heldByOther(
  { account }: MatchContext,
  { identifier }: Pick<ObjectRef, 'identifier'>,
): Outcome {
  return {
    kind: 'transient',
    code: 'held-by-other',
    message: `${identifier} still belongs to another account on ${account.system.name}. It is looked at again once that account has left it; otherwise give one of the two another identifier.`,
  };
}
