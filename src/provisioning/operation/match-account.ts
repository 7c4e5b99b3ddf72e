// "Make it match": read the system, decide what stands there, write only the difference, under a stored intent.
import type { Attempt, Intent, Outcome } from '../../queue/index.js';
import { ConnectorError } from '../connector/connector-error.js';
import type { Connector, ConnectorObject, ObjectRef } from '../connector/connector.contract.js';
import {
  attributeDeltas,
  initialAttributes,
  sameValues,
  type Delta,
  type ValuesByAttribute,
  valuesOf,
} from '../domain/attribute-delta.js';
import { judgePlace } from '../domain/place-of-object.js';
import type { AccountContext } from './account-context.js';
import { type AccountRecords, type AttributeChange, confirmed } from './account-records.js';
import { effectOf } from './account-effect.js';
import { digestsOf, equalsDigests, toShown } from './digests.js';
import { locateObject } from './locate-object.js';
import type { ProvisioningPayload } from './provisioning-payload.js';
import type { WantedObject } from './wanted-object.js';

export interface MatchContext {
  readonly attempt: Attempt<ProvisioningPayload>;
  readonly account: AccountContext;
  readonly wanted: WantedObject;
  readonly connector: Connector;
  readonly records: AccountRecords;
}

export async function matchAccount(context: MatchContext): Promise<Outcome> {
  const { attempt, account, wanted, connector } = context;
  const attributes = wanted.attributes.map(({ attribute }) => attribute);
  const intents = await attempt.unsettledIntents();
  const located = await locateObject({ account, connector, intents, attributes, signal: attempt.signal });
  if (located) {
    // Known before anything more is written: whatever happens next, this object stays the account's.
    if (!located.isConfirmed) await context.records.confirmNow(account.accountId, located.object);
    return updateObject(context, located.object, [...intents.filter(({ isOwn }) => isOwn), ...located.proof]);
  }
  const place = { identifier: wanted.identifier, nativeId: null };
  const standing = await connector.read(account.objectClass, place, attributes, attempt.signal);
  if (!standing) return createObject(context);
  const judged = judgePlace({
    isHeldByOther: await context.records.isHeldByOther(account, standing),
    correlates: correlates(wanted, standing),
  });
  switch (judged) {
    case 'adopt':
      await context.records.adopt(attempt, account, standing);
      return updateObject(context, standing, []);
    case 'held-by-other':
      return heldByOther(account, standing);
    case 'foreign':
      return {
        kind: 'conflict',
        code: 'foreign-object',
        message: `${standing.identifier} exists on ${account.system.name} and nothing proves that it belongs to this identity, so it is left alone. Remove or rename it, or mark a correlation attribute in the mapping that both have in common, then retry.`,
      };
  }
}

function heldByOther(account: AccountContext, standing: ObjectRef): Outcome {
  return {
    kind: 'transient',
    code: 'held-by-other',
    message: `${standing.identifier} still belongs to another account on ${account.system.name}. It is looked at again once that account has left it; otherwise give one of the two another identifier.`,
  };
}

function correlates(wanted: WantedObject, found: ConnectorObject): boolean | null {
  const correlating = wanted.attributes.filter(
    ({ isCorrelation, values }) => isCorrelation && values.length > 0,
  );
  if (correlating.length === 0) return null;
  return correlating.every(({ attribute, values }) =>
    sameValues(values, valuesOf(found.attributes, attribute)),
  );
}

async function createObject({
  attempt,
  account,
  wanted,
  connector,
  records,
}: MatchContext): Promise<Outcome> {
  const attributes = initialAttributes(wanted.attributes);
  await attempt.intend({ action: 'create', identifier: wanted.identifier, digests: digestsOf(attributes) });
  const ref = await connector.create(account.objectClass, wanted.identifier, attributes, attempt.signal);
  const changes = changesFrom({}, attributes);
  return confirmed(records, attempt, account, ref, `created ${ref.identifier}`, changes, {
    verb: 'created',
    was: null,
    becomes: ref.identifier,
    changes,
  });
}

/** @param intents what may have been sent before, with an unknown end */
async function updateObject(
  context: MatchContext,
  found: ConnectorObject,
  intents: readonly Intent[],
): Promise<Outcome> {
  const { attempt, account, wanted, connector, records } = context;
  const deltas = attributeDeltas(wanted.attributes, found.attributes);
  const isRenamed = !connector.isSameIdentifier(found.identifier, wanted.identifier);
  let ref: ObjectRef = found;
  if (isRenamed) {
    await attempt.intend({
      action: 'rename',
      identifier: wanted.identifier,
      digests: digestsOf(withoutKey(found)),
    });
    try {
      ref = await connector.rename(account.objectClass, ref, wanted.identifier, attempt.signal);
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'already-exists')
        return placeTaken(context, found);
      throw error;
    }
  }
  // A rename sets the naming attribute too: writing it again would be refused.
  const rest = isRenamed ? await stillDifferent(context, ref) : deltas;
  if (rest.length > 0) {
    await attempt.intend({
      action: 'update',
      identifier: ref.identifier,
      digests: digestsOf(becoming(wanted, rest)),
    });
    ref = await connector.update(account.objectClass, ref, rest, attempt.signal);
  }
  const changed = [
    ...(isRenamed ? [`renamed to ${ref.identifier}`] : []),
    ...rest.map(({ attribute }) => attribute),
  ];
  const summary =
    changed.length === 0
      ? `${ref.identifier} matched already`
      : `updated ${ref.identifier}: ${changed.join(', ')}`;
  const changes = changesFrom(found.attributes, becoming(wanted, deltas));
  const arrived = intents.filter(({ digests }) => equalsDigests(digests, found.attributes));
  const effect = effectOf(account, { found, ref, isRenamed, arrived, changes });
  return confirmed(records, attempt, account, ref, summary, changes, effect);
}

/** Another account may be about to leave the place: that passes. Anything else needs a person. */
async function placeTaken(
  { account, wanted, connector, records, attempt }: MatchContext,
  found: ObjectRef,
): Promise<Outcome> {
  const place = { identifier: wanted.identifier, nativeId: null };
  const standing = await connector.read(account.objectClass, place, [], attempt.signal);
  if (standing && (await records.isHeldByOther(account, standing))) return heldByOther(account, standing);
  return {
    kind: 'conflict',
    code: 'place-taken',
    message: `${found.identifier} is to become ${wanted.identifier} on ${account.system.name}, but something stands there. Remove or rename that, or give this identity another identifier, then retry.`,
  };
}

/** A rename changes the key itself: its old value must not be looked for afterwards. */
function withoutKey(found: ConnectorObject): ValuesByAttribute {
  return Object.fromEntries(
    Object.entries(found.attributes).filter(
      ([, values]) => !(values.length === 1 && values[0] === found.identifier),
    ),
  );
}

async function stillDifferent(
  { account, wanted, connector, attempt }: MatchContext,
  ref: ObjectRef,
): Promise<Delta[]> {
  const attributes = wanted.attributes.map(({ attribute }) => attribute);
  const current = await connector.read(account.objectClass, ref, attributes, attempt.signal);
  return current ? attributeDeltas(wanted.attributes, current.attributes) : [];
}

function becoming(wanted: WantedObject, deltas: readonly Delta[]): ValuesByAttribute {
  const touched = new Set(deltas.map(({ attribute }) => attribute));
  return Object.fromEntries(
    wanted.attributes
      .filter(({ attribute }) => touched.has(attribute))
      .map(({ attribute, values }) => [attribute, values]),
  );
}

function changesFrom(was: ValuesByAttribute, becomes: ValuesByAttribute): AttributeChange[] {
  return Object.entries(becomes).map(([attribute, values]) => ({
    attribute,
    was: toShown(attribute, valuesOf(was, attribute)),
    becomes: toShown(attribute, values),
  }));
}
