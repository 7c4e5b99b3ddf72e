// Lets whoever started some work know, in the same transaction, that the work was committed.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from './transaction.js';

export interface CommitWitness {
  /** The last thing before COMMIT. When it throws, nothing is committed. */
  beforeCommit(transaction: Transaction): Promise<void>;
  afterCommit(): void;
}

const witnesses = new AsyncLocalStorage<CommitWitness | undefined>();

/** Every transaction that `work` begins has this witness, however deep inside. */
export function withCommitWitness<Result>(witness: CommitWitness, work: () => Result): Result {
  return witnesses.run(witness, work);
}

/** For bookkeeping within somebody's work: its transactions say nothing about that work. */
export function withoutCommitWitness<Result>(work: () => Result): Result {
  return witnesses.run(undefined, work);
}

/** For `Database` alone. */
export function currentWitness(): CommitWitness | undefined {
  return witnesses.getStore();
}
