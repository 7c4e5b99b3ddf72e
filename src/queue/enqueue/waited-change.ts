// Whoever made a change may want to wait for all that follows from it: everything enqueued meanwhile joins one group.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from '../../platform/database/index.js';
import { insertGroup } from './groups.js';

export interface WaitedChange {
  readonly subject: string;
  readonly actor: string;
  /** Set once work was enqueued and committed. */
  groupId: number | null;
}

const waited = new AsyncLocalStorage<WaitedChange | undefined>();
const PENDING = Symbol('the group of a waited change');

export function withWaitedChange<Result>(change: WaitedChange, work: () => Result): Result {
  return waited.run(change, work);
}

/** The group that new operations of `transaction` join; null when nobody waits for them. */
export async function waitedGroupIn(transaction: Transaction): Promise<number | null> {
  const change = waited.getStore();
  if (!change) return null;
  if (change.groupId !== null) return change.groupId;
  return transaction.note<Promise<number>>(PENDING, async () => {
    const id = await insertGroup(transaction, change);
    transaction.afterCommit(() => {
      change.groupId = id;
    });
    return id;
  });
}
