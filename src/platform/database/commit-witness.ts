// Lets whoever started some work know, in the same transaction, that the work was committed.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from './transaction.js';

export interface CommitWitness {
  /** The last thing before COMMIT. When it throws, nothing is committed. */
  beforeCommit(transaction: Transaction): Promise<void>;
  afterCommit(): void;
}

const witnesses = new AsyncLocalStorage<CommitWitness>();

/** Every transaction that `work` begins has this witness, however deep inside. */
export function withCommitWitness<Result>(witness: CommitWitness, work: () => Result): Result {
  return witnesses.run(witness, work);
}

/** For `Database` alone. */
export function currentWitness(): CommitWitness | undefined {
  return witnesses.getStore();
}
