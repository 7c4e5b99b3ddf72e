// Which object on the system is the account's? One answer for matching and for deleting.
import type { Intent } from '../../queue/index.js';
import type { Connector, ConnectorObject } from '../connector/connector.contract.js';
import type { AccountContext } from './account-context.js';
import { equalsDigests } from './digests.js';

export interface Located {
  readonly object: ConnectorObject;
  /** It was known as the account's before; otherwise it is exactly what `proof` was about to make. */
  readonly isConfirmed: boolean;
  readonly proof: readonly Intent[];
}

export interface Search {
  readonly account: AccountContext;
  readonly connector: Connector;
  /** Attempts of this account with an unknown end. */
  readonly intents: readonly Intent[];
  /** The attributes to read. */
  readonly attributes: readonly string[];
  readonly signal: AbortSignal;
}

/** Null when no object is provably the account's; one may still stand where it belongs. */
export async function locateObject(search: Search): Promise<Located | null> {
  const { account, connector, intents, signal } = search;
  const attributes = [
    ...new Set([...search.attributes, ...intents.flatMap(({ digests }) => Object.keys(digests))]),
  ];
  if (account.identifier !== null) {
    const ref = { identifier: account.identifier, nativeId: account.nativeId };
    const object = await connector.read(account.objectClass, ref, attributes, signal);
    if (object) return { object, isConfirmed: true, proof: [] };
  }
  for (const intent of intents.filter((one) => provesOwnership(one, account))) {
    const place = { identifier: intent.identifier, nativeId: null };
    const object = await connector.read(account.objectClass, place, attributes, signal);
    if (object && equalsDigests(intent.digests, object.attributes))
      return { object, isConfirmed: false, proof: [intent] };
  }
  return null;
}

/**
 * A creation holds every value, so an equal object is the one it made. A rename proves as much only where the system
 * has no unchanging id to find the object by. An update holds what changed alone, and proves nothing.
 */
function provesOwnership({ action, digests }: Intent, account: AccountContext): boolean {
  if (Object.keys(digests).length === 0) return false;
  return action === 'create' || (action === 'rename' && account.nativeId === null);
}
