import { describe, expect, it } from '@jest/globals';
import type { AccountDecision } from '../domain/decide-accounts.js';
import { toAccountKey, toFailedDecision, toOperation } from './account-operations.js';

const actor = { name: 'test', requestId: null };
const placed = (decision: AccountDecision, identifier: string | null = null) => ({
  decision,
  place: { mapping_id: 'm', system_id: 's', system_name: 'Directory', target_id: 3 },
  identifier,
});
const grant: AccountDecision = { kind: 'grant', mappingId: 'm' };
const match: AccountDecision = { kind: 'match', mappingId: 'm', accountId: 7 };
const release: AccountDecision = { kind: 'release', mappingId: 'm', accountId: 7 };

describe('the operation for an account', () => {
  it.each([grant, match])('makes it match, and a newer one stands for it ($kind)', (decision) => {
    const operation = toOperation(placed(decision), 7, 'i', 'ana', actor);

    expect(operation).toMatchObject({
      lane: 'account:7',
      targetId: 3,
      subject: 'match ana on Directory',
      supersession: 'state',
    });
    expect(operation.priority).toBeUndefined();
  });

  it('deletes it under the name it is known by, ends what was to be done before, and is urgent', () => {
    expect(toOperation(placed(release, 'uid=ana'), 7, 'i', 'ana', actor)).toMatchObject({
      subject: 'delete uid=ana on Directory',
      payload: { accountId: 7, change: 'delete' },
      supersession: 'end',
      priority: 'urgent',
    });
  });
});

describe('a decision that failed', () => {
  it('stands in the lane of its account, or beside the identity’s where there is none, and says why', () => {
    const failed = (decision: AccountDecision) =>
      toFailedDecision(placed(decision), new Error('disk on fire'), 'i', 'ana', actor);

    expect([grant, match, release].map((decision) => failed(decision).lane)).toEqual([
      'identity:i:account-management:m',
      'account:7',
      'account:7',
    ]);
    expect(failed(grant).failure?.message).toContain('disk on fire');
  });

  it('decides on this one account when it is tried again', () => {
    const { payload } = toFailedDecision(placed(match), new Error('x'), 'i', 'ana', actor);

    expect(toAccountKey((payload as { id: string }).id)).toEqual({ identityId: 'i', mappingId: 'm' });
  });
});
