// After an attempt with an unknown end, when the account is not wanted any more: finds what that attempt left behind,
// so that the deletion which follows knows what to delete.
import type { Outcome } from '../../queue/index.js';
import { confirmed } from './account-records.js';
import type { DeleteContext } from './delete-account.js';
import { equalsIntent } from './match-account.js';

export async function verifyEarlierSend({
  attempt,
  account,
  connector,
  records,
}: DeleteContext): Promise<Outcome> {
  if (account.identifier === null) {
    for (const intent of await attempt.earlierIntents()) {
      const place = { identifier: intent.identifier, nativeId: null };
      const found = await connector.read(
        account.objectClass,
        place,
        Object.keys(intent.digests),
        attempt.signal,
      );
      if (found && equalsIntent(connector, intent, found)) {
        return confirmed(
          records,
          attempt,
          account,
          found,
          `${found.identifier} had been created; its deletion follows`,
          [],
        );
      }
    }
  }
  return { kind: 'executed', summary: 'nothing entitles to this account any more' };
}
