// "Make it match": read the system, decide what stands there, write only the difference, under a stored intent.
import type { Outcome } from '../../queue/index.js';
import type { ConnectorObject } from '../connector/connector.contract.js';
import { initialAttributes, sameValues, valuesOf } from '../domain/attribute-delta.js';
import { judgePlace } from '../domain/place-of-object.js';
import { changesFrom } from './account-effect.js';
import { confirmed } from './account-records.js';
import { digestsOf } from './digests.js';
import { locateObject } from './locate-object.js';
import { heldByOther, type MatchContext, placeOf } from './match-context.js';
import { updateObject } from './update-object.js';
import type { WantedObject } from './wanted-object.js';

export async function matchAccount(context: MatchContext): Promise<Outcome> {
  const { attempt, account, wanted, connector, records } = context;
  const attributes = wanted.attributes.map(({ attribute }) => attribute);
  const intents = await attempt.unsettledIntents();
  const located = await locateObject({ attempt, account, connector, records, intents, attributes });
  if (located) {
    const own = intents.filter(({ isOwn }) => isOwn);
    return updateObject({ ...context, account: located.account }, located.object, own);
  }
  const standing = await connector.read(account.objectClass, placeOf(wanted), attributes, attempt.signal);
  if (!standing) return createObject(context);
  const judged = judgePlace({
    isHeldByOther: await records.isHeldByOther(account, standing),
    correlates: correlates(wanted, standing),
  });
  switch (judged) {
    case 'adopt': {
      const effect = { verb: 'adopted', was: null, becomes: standing.identifier, changes: [] } as const;
      const adopted = await records.takeUp(attempt, account, standing, effect);
      return updateObject({ ...context, account: adopted }, standing, []);
    }
    case 'held-by-other':
      return heldByOther(context, standing);
    case 'foreign':
      return {
        kind: 'conflict',
        code: 'foreign-object',
        message: `${standing.identifier} exists on ${account.system.name} and nothing proves that it belongs to this identity, so it is left alone. Remove or rename it, or mark a correlation attribute in the mapping that both have in common, then retry.`,
      };
  }
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

async function createObject(context: MatchContext): Promise<Outcome> {
  const { attempt, account, wanted, connector, records } = context;
  if (await records.isHeldByOther(account, placeOf(wanted))) return heldByOther(context, wanted);
  const attributes = initialAttributes(wanted.attributes);
  // What is to have no value tells our object from another as well as what has one.
  const all = Object.fromEntries(wanted.attributes.map(({ attribute, values }) => [attribute, values]));
  if (account.identifier !== null) await records.forgetNow(account.accountId);
  await attempt.intend({ action: 'create', identifier: wanted.identifier, digests: digestsOf(all) });
  const ref = await connector.create(account.objectClass, wanted.identifier, attributes, attempt.signal);
  const changes = changesFrom({}, attributes);
  return confirmed(records, attempt, account, ref, `created ${ref.identifier}`, changes, {
    verb: 'created',
    was: null,
    becomes: ref.identifier,
    changes,
  });
}
