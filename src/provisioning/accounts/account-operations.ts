// What account management enqueues for one account: what is to be done to its object, or the decision that failed.
import { wordsOf } from '../../platform/failures/index.js';
import type { Actor } from '../../platform/http/index.js';
import type { NewOperation } from '../../queue/index.js';
import type { AccountDecision } from '../domain/decide-accounts.js';
import { PROVISIONING_KIND } from '../operation/provisioning-payload.js';

/** Stored in rows: never renamed. */
export const ACCOUNT_MANAGEMENT = 'account-management';

export interface Entitlement {
  readonly mapping_id: string;
  readonly system_id: string;
  readonly system_name: string;
  readonly target_id: number;
}

export interface PlacedDecision {
  readonly decision: AccountDecision;
  /** The system it concerns. */
  readonly place: Entitlement;
  /** The name its object is known by. */
  readonly identifier: string | null;
}

export interface AccountKey {
  readonly identityId: string;
  readonly mappingId: string;
}

/** A newer match stands for older ones; a deletion stands for whatever was to be done before it, and is not kept waiting. */
export function toOperation(
  { decision, place, identifier }: PlacedDecision,
  accountId: number,
  identityId: string,
  who: string,
  actor: Actor,
): NewOperation {
  const isRelease = decision.kind === 'release';
  const change = isRelease ? 'delete' : 'match';
  return {
    lane: laneOf(accountId),
    targetId: place.target_id,
    kind: PROVISIONING_KIND,
    subject: `${change} ${isRelease ? (identifier ?? who) : who} on ${place.system_name}`,
    payload: {
      accountId,
      change,
      systemId: place.system_id,
      entityType: 'identity',
      entityId: identityId,
    },
    actor,
    ...(isRelease ? { supersession: 'end', priority: 'urgent' } : { supersession: 'state' }),
  };
}

/**
 * It stands in the account's own lane, so that nothing overtakes it; where there is no account yet, in a lane beside the
 * identity's.
 */
export function toFailedDecision(
  { decision, place }: PlacedDecision,
  error: unknown,
  identityId: string,
  who: string,
  actor: Actor,
): NewOperation {
  const { mappingId } = decision;
  return {
    lane:
      decision.kind === 'grant'
        ? `identity:${identityId}:${ACCOUNT_MANAGEMENT}:${mappingId}`
        : laneOf(decision.accountId),
    targetId: place.target_id,
    kind: ACCOUNT_MANAGEMENT,
    subject: `decide on the account of ${who} on ${place.system_name}`,
    payload: { topic: 'account', id: `${identityId}/${mappingId}` },
    actor,
    failure: {
      kind: 'transient',
      code: 'not-decided',
      message: `What becomes of the account of ${who} on ${place.system_name} could not be stored: ${wordsOf(error)}. The identity's other accounts are not held up. It is tried again by itself; correct what the database says, or retry.`,
    },
  };
}

export function toAccountKey(id: string): AccountKey {
  const [identityId = '', mappingId = ''] = id.split('/');
  return { identityId, mappingId };
}

function laneOf(accountId: number): string {
  return `account:${accountId}`;
}
