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
import { digestsOf, equalsDigests, toShown } from './digests.js';
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
  const intents = await context.attempt.earlierIntents();
  const found = await findObject(context, intents);
  if (!found) return createObject(context);
  const place = judgePlace({
    isConfirmed: isConfirmed(context.connector, context.account, found),
    isHeldByOther: await context.records.isHeldByOther(context.account, found),
    equalsIntent:
      intents.length === 0 ? null : intents.some((intent) => equalsIntent(context.connector, intent, found)),
    correlates: correlates(context.wanted, found),
  });
  switch (place) {
    case 'ours':
    case 'adopt':
      return updateObject(context, found);
    case 'held-by-other':
      return {
        kind: 'transient',
        code: 'held-by-other',
        message: `${found.identifier} still belongs to another account on ${context.account.system.name}. It is looked at again once that account is gone; otherwise give one of the two another identifier.`,
      };
    case 'foreign':
      return {
        kind: 'conflict',
        code: 'foreign-object',
        message: `${found.identifier} exists on ${context.account.system.name} and nothing proves that it belongs to this identity, so it is left alone. Remove or rename it, or mark a correlation attribute in the mapping that both have in common, then retry.`,
      };
  }
}

/** By its native id, else by every identifier it may have had or got. */
async function findObject(
  context: MatchContext,
  intents: readonly Intent[],
): Promise<ConnectorObject | null> {
  const { account, wanted, connector, attempt } = context;
  const attributes = wanted.attributes.map(({ attribute }) => attribute);
  const places = new Set(
    [account.identifier, ...intents.map(({ identifier }) => identifier), wanted.identifier].filter(
      (place) => place !== null,
    ),
  );
  for (const identifier of places) {
    const found = await connector.read(
      account.objectClass,
      { identifier, nativeId: account.nativeId },
      attributes,
      attempt.signal,
    );
    if (found) return found;
    // The native id is looked for everywhere at once; without its object the place itself may still be taken.
    if (account.nativeId !== null) break;
  }
  if (account.nativeId === null) return null;
  return connector.read(
    account.objectClass,
    { identifier: wanted.identifier, nativeId: null },
    attributes,
    attempt.signal,
  );
}

function isConfirmed(connector: Connector, account: AccountContext, found: ObjectRef): boolean {
  if (account.nativeId !== null) return account.nativeId === found.nativeId;
  return account.identifier !== null && connector.isSameIdentifier(account.identifier, found.identifier);
}

/** Whether `found` is what an attempt with an unknown end was about to make of it. */
export function equalsIntent(connector: Connector, intent: Intent, found: ConnectorObject): boolean {
  return (
    connector.isSameIdentifier(intent.identifier, found.identifier) &&
    equalsDigests(intent.digests, found.attributes)
  );
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
  return confirmed(records, attempt, account, ref, `created ${ref.identifier}`, changesFrom({}, attributes));
}

async function updateObject(context: MatchContext, found: ConnectorObject): Promise<Outcome> {
  const { attempt, account, wanted, connector, records } = context;
  const deltas = attributeDeltas(wanted.attributes, found.attributes);
  const isRenamed = !connector.isSameIdentifier(found.identifier, wanted.identifier);
  let ref: ObjectRef = found;
  if (isRenamed) {
    await attempt.intend({
      action: 'rename',
      identifier: wanted.identifier,
      digests: digestsOf(found.attributes),
    });
    try {
      ref = await connector.rename(account.objectClass, ref, wanted.identifier, attempt.signal);
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'already-exists')
        return placeTaken(account, found, wanted);
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
  return confirmed(
    records,
    attempt,
    account,
    ref,
    summary,
    changesFrom(found.attributes, becoming(wanted, deltas)),
  );
}

function placeTaken(account: AccountContext, found: ObjectRef, wanted: WantedObject): Outcome {
  return {
    kind: 'conflict',
    code: 'place-taken',
    message: `${found.identifier} is to become ${wanted.identifier} on ${account.system.name}, but something stands there. Remove or rename that, or give this identity another identifier, then retry.`,
  };
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
    was: toShown(valuesOf(was, attribute)),
    becomes: toShown(values),
  }));
}
