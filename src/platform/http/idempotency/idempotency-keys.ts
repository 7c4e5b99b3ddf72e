// The table of keys: who has one, whether their request was committed, and what it was answered.
import { randomUUID } from 'node:crypto';
import { type Database, loadStatement, type Transaction } from '../../database/index.js';
import { type SecretBox, SealedColumns } from '../../secrets/index.js';
import { problem } from '../problem.js';
import { readStoredAnswer, type StoredAnswer } from './stored-answer.js';

/** Longer than any request takes; after it a request that committed nothing counts as dead. */
const LEASE_SECONDS = 60;
const PURGED_AT_ONCE = 1_000;
const RETRY_AFTER = { headers: { 'retry-after': '2' } };

const takeKey = loadStatement('take-key', import.meta.url);
const readKey = loadStatement('read-key', import.meta.url);
const commitKey = loadStatement('commit-key', import.meta.url);
const answerKey = loadStatement('answer-key', import.meta.url);
const freeKey = loadStatement('free-key', import.meta.url);
const purgeKeys = loadStatement('purge-keys', import.meta.url);

SealedColumns.add({
  table: 'platform_idempotency_keys',
  key: 'id',
  column: 'answer_sealed',
  place: placeOf,
});

/** A request that carries a key, as it is recognised. */
export interface KeyedRequest {
  /** A hash of the caller and the key. */
  readonly id: string;
  /** A hash of everything that makes it this request. */
  readonly fingerprint: Buffer;
}

/** One request that has the key. */
export interface Attempt {
  readonly id: string;
  readonly attempt: string;
}

export class IdempotencyKeys {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly hours: number,
  ) {}

  /**
   * The key for this request to be carried out, or the answer it had before.
   * @throws Problem 409 while it is carried out, or when its answer is lost; 422 when the key is another request's
   */
  async take({ id, fingerprint }: KeyedRequest): Promise<Attempt | StoredAnswer> {
    const attempt = randomUUID();
    const taken = await this.database.query(takeKey, [id, fingerprint, attempt, LEASE_SECONDS, this.hours]);
    if (taken.length > 0) return { id, attempt };
    const [kept] = await this.database.query<{
      is_same: boolean;
      answer_sealed: Buffer | null;
      is_lost: boolean;
    }>(readKey, [id, fingerprint]);
    if (kept?.is_same === false) {
      throw problem.idempotencyKeyReused(
        'This Idempotency-Key came with another request before. Nothing was done; give this request a key of its own.',
      );
    }
    if (kept?.answer_sealed) {
      return readStoredAnswer(this.secrets.open(kept.answer_sealed, placeOf(id)));
    }
    if (kept?.is_lost === true) {
      throw problem.idempotencyAnswerLost(
        'The request with this Idempotency-Key was carried out, but its answer was lost. It is not carried out again: look for what it made or changed.',
      );
    }
    throw stillRunning();
  }

  /** Notes in `transaction` that the request is carried out by it. @throws Problem 409 when the key was lost meanwhile */
  async commit(transaction: Transaction, { id, attempt }: Attempt): Promise<void> {
    const ours = await transaction.query(commitKey, [id, attempt]);
    if (ours.length === 0) throw stillRunning();
  }

  async keep({ id, attempt }: Attempt, answer: StoredAnswer): Promise<void> {
    const sealed = this.secrets.seal(JSON.stringify(answer), placeOf(id));
    await this.database.query(answerKey, [id, attempt, sealed]);
  }

  /** There is no answer to keep. */
  async free({ id, attempt }: Attempt): Promise<void> {
    await this.database.query(freeKey, [id, attempt]);
  }

  /** Forgets what has expired, some rows at a time. */
  async purge(): Promise<void> {
    let gone: unknown[];
    do gone = await this.database.query(purgeKeys, [PURGED_AT_ONCE]);
    while (gone.length === PURGED_AT_ONCE);
  }
}

function stillRunning(): Error {
  return problem.idempotencyRequestRunning(
    'The request that came first with this Idempotency-Key has not ended. Repeat it in a moment to get its answer.',
    RETRY_AFTER,
  );
}

function placeOf(id: string): string {
  return `platform_idempotency_keys/${id}`;
}
