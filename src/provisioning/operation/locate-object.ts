// Which object on the system is the account's? One answer for matching and for deleting.
import type { Attempt, UnsettledIntent } from '../../queue/index.js';
import type { Connector, ConnectorObject } from '../connector/connector.contract.js';
import type { AccountContext } from './account-context.js';
import { effectOfProof } from './account-effect.js';
import type { AccountRecords } from './account-records.js';
import { canRecognise, equalsDigests } from './digests.js';
import type { ProvisioningPayload } from './provisioning-payload.js';

export interface Located {
  readonly object: ConnectorObject;
  /** As it is known since. */
  readonly account: AccountContext;
}

export interface Search {
  readonly attempt: Attempt<ProvisioningPayload>;
  readonly account: AccountContext;
  readonly connector: Connector;
  readonly records: AccountRecords;
  /** What attempts of this account were about to send, with an unknown end. */
  readonly intents: readonly UnsettledIntent[];
  /** The attributes to read. */
  readonly attributes: readonly string[];
}

/**
 * Null when no object is provably the account's; one may still stand where it belongs. An object that proves to be what
 * an attempt with a lost answer made is the account's from then on, whatever happens next.
 */
export async function locateObject(search: Search): Promise<Located | null> {
  const { attempt, account, connector, records, intents } = search;
  const attributes = [
    ...new Set([...search.attributes, ...intents.flatMap(({ digests }) => Object.keys(digests))]),
  ];
  if (account.identifier !== null) {
    const ref = { identifier: account.identifier, nativeId: account.nativeId };
    const object = await connector.read(account.objectClass, ref, attributes, attempt.signal);
    if (object) return { object, account };
  }
  for (const intent of intents.filter((one) => provesOwnership(one, account))) {
    const place = { identifier: intent.identifier, nativeId: null };
    const object = await connector.read(account.objectClass, place, attributes, attempt.signal);
    if (!object || !equalsDigests(intent.digests, object.attributes)) continue;
    if (await records.isHeldByOther(account, object)) continue;
    const effect = effectOfProof(account, object, intent);
    return { object, account: await records.takeUp(attempt, account, object, effect) };
  }
  return null;
}

/**
 * A creation tells every attribute that is mapped, so an equal object is the one it made. A rename proves as much only
 * where the system has no unchanging id to find the object by. An update tells what changed alone, and proves nothing.
 */
function provesOwnership({ action, digests }: UnsettledIntent, account: AccountContext): boolean {
  if (!canRecognise(digests)) return false;
  return action === 'create' || (action === 'rename' && account.nativeId === null);
}
