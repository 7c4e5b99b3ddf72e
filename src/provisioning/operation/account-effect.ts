// What an operation did to an account, for the audit record: what an earlier attempt did whose answer was lost belongs
// to it.
import type { Intent } from '../../queue/index.js';
import type { Connector, ConnectorObject, ObjectRef } from '../connector/connector.contract.js';
import { type ValuesByAttribute, valuesOf } from '../domain/attribute-delta.js';
import type { AccountContext } from './account-context.js';
import type { AccountEffect, AttributeChange } from './account-records.js';
import { equalsDigests, toShown, toShownDigest } from './digests.js';

export interface Matched {
  readonly connector: Pick<Connector, 'isSameIdentifier'>;
  /** As it was before anything was written that is to be told. */
  readonly found: ConnectorObject;
  /** Where it is now. */
  readonly ref: ObjectRef;
  /** What was sent before it was found so, with an unknown end. */
  readonly intents: readonly Intent[];
  readonly changes: readonly AttributeChange[];
}

/** Null when nothing was written. A creation is told when it is proven, so it is no part of this. */
export function effectOf(
  account: AccountContext,
  { connector, found, ref, intents, changes }: Matched,
): AccountEffect | null {
  const isAt = (place: string, { identifier }: ObjectRef): boolean =>
    connector.isSameIdentifier(place, identifier);
  const hasArrived = intents.some(({ action, identifier }) => action === 'rename' && isAt(identifier, found));
  const was = hasArrived ? (account.identifier ?? found.identifier) : found.identifier;
  const updates = intents.filter(
    ({ action, digests }) => action === 'update' && equalsDigests(digests, found.attributes),
  );
  const all = [...changes, ...changesThatArrived(updates, changes)];
  const becomes = ref.identifier;
  if (!isAt(was, ref)) return { verb: 'renamed', was, becomes, changes: all };
  return all.length === 0 ? null : { verb: 'updated', was, becomes, changes: all };
}

export function changesFrom(was: ValuesByAttribute, becomes: ValuesByAttribute): AttributeChange[] {
  return Object.entries(becomes).map(([attribute, values]) => ({
    attribute,
    was: toShown(attribute, valuesOf(was, attribute)),
    becomes: toShown(attribute, values),
  }));
}

/** What `intent` did, now that `object` shows that it arrived. */
export function effectOfProof(account: AccountContext, object: ObjectRef, intent: Intent): AccountEffect {
  const becomes = object.identifier;
  if (intent.action === 'rename') return { verb: 'renamed', was: account.identifier, becomes, changes: [] };
  const changes = changesThatArrived([intent], []).filter((change) => change.becomes.length > 0);
  return { verb: 'created', was: null, becomes, changes };
}

/** Their values were kept as digests alone. Of two changes of one attribute the newer counts, which comes first. */
function changesThatArrived(
  arrived: readonly Intent[],
  changes: readonly AttributeChange[],
): AttributeChange[] {
  const told = new Set(changes.map(({ attribute }) => attribute));
  const sent = new Map(arrived.toReversed().flatMap(({ digests }) => Object.entries(digests)));
  return [...sent]
    .filter(([attribute]) => !told.has(attribute))
    .map(([attribute, digest]) => ({
      attribute,
      was: [],
      becomes: toShownDigest(digest),
    }));
}
