// Writes the difference between an account's object and what is wanted of it: another identifier, other values.
import type { Intent, Outcome } from '../../queue/index.js';
import type { ConnectorObject, ObjectRef } from '../connector/connector.contract.js';
import { ConnectorError } from '../connector/connector-error.js';
import {
  attributeDeltas,
  type Delta,
  sameDeltas,
  type ValuesByAttribute,
  valuesOf,
} from '../domain/attribute-delta.js';
import type { AccountContext } from './account-context.js';
import { changesFrom, effectOf } from './account-effect.js';
import { confirmed } from './account-records.js';
import { digestsOf } from './digests.js';
import { heldByOther, type MatchContext, placeOf } from './match-context.js';
import type { WantedObject } from './wanted-object.js';

/** An object that got its identifier in this attempt, or had it before. */
interface Placed {
  readonly ref: ObjectRef;
  /** As it is known since. */
  readonly account: AccountContext;
  /** What still differs. */
  readonly rest: readonly Delta[];
  /** The intent of the rename that is not told yet. */
  readonly untold: readonly Intent[];
}

/** @param intents what earlier attempts of this operation may have sent, with an unknown end, newest first */
export async function updateObject(
  context: MatchContext,
  found: ConnectorObject,
  intents: readonly Intent[],
): Promise<Outcome> {
  const { attempt, wanted, connector, records } = context;
  const deltas = attributeDeltas(wanted.attributes, found.attributes);
  const isPlaced = connector.isSameIdentifier(found.identifier, wanted.identifier);
  const placed = isPlaced
    ? { ref: found, account: context.account, rest: deltas, untold: [] }
    : await place(context, found);
  if ('kind' in placed) return placed;
  const { account, rest, untold } = placed;
  let { ref } = placed;
  if (rest.length > 0) {
    const digests = digestsOf(becoming(wanted, rest));
    await attempt.intend({ action: 'update', identifier: ref.identifier, digests });
    try {
      ref = await connector.update(account.objectClass, ref, rest, attempt.signal);
    } catch (error) {
      const current = await readAfterRefusal(context, ref, rest, error);
      return updateObject({ ...context, account }, current, [...untold, ...intents]);
    }
  }
  const changes = changesFrom(found.attributes, becoming(wanted, deltas));
  const before = isPlaced || untold.length > 0 ? found : { ...found, identifier: ref.identifier };
  const effect = effectOf(account, { connector, found: before, ref, intents, changes });
  return confirmed(records, attempt, account, ref, summaryOf(ref, isPlaced, rest), changes, effect);
}

/** Renames the object to where it is wanted; an outcome when the place is not free. */
async function place(context: MatchContext, found: ConnectorObject): Promise<Placed | Outcome> {
  const { attempt, account, wanted, connector, records } = context;
  if (await records.isHeldByOther(account, placeOf(wanted))) return heldByOther(context, wanted);
  const intent = { action: 'rename', identifier: wanted.identifier, digests: digestsOfMoved(found, wanted) };
  await attempt.intend(intent);
  let ref: ObjectRef;
  try {
    ref = await connector.rename(account.objectClass, found, wanted.identifier, attempt.signal);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'already-exists') return placeTaken(context, found);
    throw error;
  }
  // A rename sets the naming attribute too: writing it again would be refused.
  const rest = attributeDeltas(wanted.attributes, (await readAgain(context, ref)).attributes);
  if (rest.length === 0 || ref.nativeId !== null) return { ref, account, rest, untold: [intent] };
  // Without an unchanging id it is found again only where it is known to be, whatever becomes of the rest.
  const effect = { verb: 'renamed', was: found.identifier, becomes: ref.identifier, changes: [] } as const;
  return { ref, account: await records.takeUp(attempt, account, ref, effect), rest, untold: [] };
}

/** Another account may be about to leave the place. Anything else needs a person. */
async function placeTaken(context: MatchContext, found: ObjectRef): Promise<Outcome> {
  const { account, wanted, connector, records, attempt } = context;
  const standing = await connector.read(account.objectClass, placeOf(wanted), [], attempt.signal);
  if (standing && (await records.isHeldByOther(account, standing))) return heldByOther(context, standing);
  return {
    kind: 'conflict',
    code: 'place-taken',
    message: `${found.identifier} is to become ${wanted.identifier} on ${account.system.name}, but something stands there. Remove or rename that, or give this identity another identifier, then retry.`,
  };
}

/**
 * A refusal may mean that somebody else did the same meanwhile: then the object is as it should be.
 * @throws the refusal when it stands; ConnectorError `stale` when there is another difference by now
 */
async function readAfterRefusal(
  context: MatchContext,
  ref: ObjectRef,
  refused: readonly Delta[],
  error: unknown,
): Promise<ConnectorObject> {
  if (!(error instanceof ConnectorError) || error.effect === 'unknown') throw error;
  if (error.code !== 'invalid-attribute' && error.code !== 'conflict') throw error;
  const current = await readAgain(context, ref);
  const left = attributeDeltas(context.wanted.attributes, current.attributes);
  if (left.length === 0) return current;
  if (sameDeltas(left, refused)) throw error;
  throw new ConnectorError('stale', error.message, { cause: error });
}

async function readAgain(
  { account, wanted, connector, attempt }: MatchContext,
  ref: ObjectRef,
): Promise<ConnectorObject> {
  const attributes = wanted.attributes.map(({ attribute }) => attribute);
  const current = await connector.read(account.objectClass, ref, attributes, attempt.signal);
  if (!current) throw new ConnectorError('stale', `${ref.identifier} went away while it was being changed`);
  return current;
}

/** What tells the object at its new place. The rename changes the key itself, so its old value proves nothing there. */
function digestsOfMoved(found: ConnectorObject, wanted: WantedObject): Record<string, string> {
  const values = wanted.attributes
    .map(({ attribute }) => [attribute, valuesOf(found.attributes, attribute)] as const)
    .filter(([, [only, ...more]]) => more.length > 0 || only !== found.identifier);
  return digestsOf(Object.fromEntries(values));
}

function becoming(wanted: WantedObject, deltas: readonly Delta[]): ValuesByAttribute {
  const touched = new Set(deltas.map(({ attribute }) => attribute));
  return Object.fromEntries(
    wanted.attributes
      .filter(({ attribute }) => touched.has(attribute))
      .map(({ attribute, values }) => [attribute, values]),
  );
}

function summaryOf(ref: ObjectRef, isPlaced: boolean, written: readonly Delta[]): string {
  const changed = [
    ...(isPlaced ? [] : [`renamed to ${ref.identifier}`]),
    ...written.map(({ attribute }) => attribute),
  ];
  return changed.length === 0
    ? `${ref.identifier} matched already`
    : `updated ${ref.identifier}: ${changed.join(', ')}`;
}
