// Appends what has been committed to the chain. One at a time over all nodes; a pass that breaks off is begun again.
import { Injectable, Logger } from '@nestjs/common';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { GENESIS } from './chain-key.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import { ChainKeys, type ChainKeyPair } from './chain-keys.js';
import { BYTES_IN_A_PAGE } from './chain-pages.js';
import { type Head, loadHead, loadLastId, loadPresent, saveHead } from './chain-store.js';
import {
  isBackdated,
  isInserted,
  isRestored,
  type PassEnd,
  type Present,
  type UnsealedRecord,
} from './domain/late-record.js';
import { type RecordText, sealedText } from './sealed-text.js';

const LOOK = loadStatement('look-for-work', import.meta.url);
const CANDIDATES = loadStatement('seal-candidates', import.meta.url);
const INSERT_SEALS = loadStatement('insert-seals', import.meta.url);

/** Held by the one that seals. An arbitrary number, the same in every version. */
const LOCK = 7_266_013;
const BATCH = 1_000;
/** A snapshot that sees nothing. */
const BLIND = '1:1:';
const BEGINNING: Cursor = { transactionId: '0', id: 0 };
const NOTHING_SEEN: Pick<Head, 'last' | 'passedAt'> = {
  last: { horizon: 0n, ceiling: 0n, lastId: 0, passedAtMs: 0, cluster: '' },
  passedAt: '1970-01-01T00:00:00Z',
};

interface CandidateRow extends RecordText {
  readonly recorded_at_ms: number;
  /** Rows of the page before it was cut for its size. */
  readonly picked: number;
}

interface Cursor {
  readonly transactionId: string;
  readonly id: number;
}

/** One walk over everything that may have been committed since the last. */
interface Pass {
  /** What held when it began. */
  readonly last: PassEnd;
  readonly passedAt: string;
  /** It sees nothing that the pass does not. */
  readonly snapshot: string;
  /** Whether records of transactions that this cluster has not reached are looked at too. */
  readonly isFull: boolean;
  readonly cursor: Cursor;
}

/** What one page of a pass has done. */
interface Done {
  readonly sealed: number;
  /** What goes on with the next page. */
  readonly pass?: Pass;
  /** The snapshot that needs no further look. */
  readonly settled?: string;
}

@Injectable()
export class Sealer {
  readonly #log = new Logger('audit');
  readonly #refused = new Set<number>();
  /** A snapshot in which nothing waits for a seal: while an old transaction stays open, only what is newer is looked at. */
  #settled = BLIND;

  constructor(
    private readonly database: Database,
    private readonly keys: ChainKeys,
  ) {}

  /**
   * Seals what is committed by now; returns how many records that were. Does nothing while another node does it.
   * @throws DataKeyError, ChainDamagedError when the chain cannot be continued
   */
  async seal(): Promise<number> {
    try {
      return (await this.#hasWork()) ? await this.#pass() : 0;
    } catch (error) {
      // It may have been another database that said it, before this one was restored.
      this.#settled = BLIND;
      throw error;
    }
  }

  /** A look that locks and writes nothing. */
  async #hasWork(): Promise<boolean> {
    const [row] = await this.database.query<{ snapshot: string; has_work: boolean }>(LOOK, [this.#settled]);
    if (row?.has_work !== false) return row !== undefined;
    this.#settled = row.snapshot;
    return false;
  }

  async #pass(): Promise<number> {
    let sealed = 0;
    let pass: Pass | undefined;
    for (;;) {
      const done = await this.database.transact((transaction) => this.#sealBatch(transaction, pass));
      sealed += done.sealed;
      if (done.settled !== undefined) this.#settled = done.settled;
      if (done.pass === undefined) return sealed;
      pass = done.pass;
    }
  }

  async #sealBatch(transaction: Transaction, begun: Pass | undefined): Promise<Done> {
    const [lock] = await transaction.query<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock($1) as taken',
      [LOCK],
    );
    if (lock?.taken !== true) return { sealed: 0 };
    const keys = (await this.keys.load(transaction)) ?? (await this.#begin(transaction));
    const head = await loadHead(transaction, keys.chain);
    if (!head && (await hasChain(transaction)))
      throw new ChainDamagedError('The row audit_head is gone though there are seals.');
    const pass = begun ?? (await beginPass(transaction, head));
    const rows = await transaction.query<CandidateRow>(CANDIDATES, [
      pass.cursor.transactionId,
      pass.cursor.id,
      pass.isFull,
      BATCH,
      BYTES_IN_A_PAGE,
    ]);
    const records = head ? this.#judge(rows, head.last, pass.last) : rows;
    const chained = chain(records, head, keys);
    if (chained.length > 0) {
      await transaction.query(INSERT_SEALS, [
        chained.map(({ position }) => position),
        chained.map(({ recordId }) => recordId),
        chained.map(({ hash }) => hash),
      ]);
    }
    const picked = rows[0]?.picked ?? 0;
    const isComplete = picked < BATCH && rows.length === picked;
    const { position, hash } = chained.at(-1) ?? head ?? { position: 0, hash: GENESIS };
    // A pass that is not complete has seen nothing: it is begun again when this process dies.
    const { last, passedAt } = isComplete ? pass : (head ?? NOTHING_SEEN);
    await saveHead(transaction, keys.chain, { position, hash, last, passedAt });
    const sealed = chained.length;
    return isComplete
      ? { sealed, settled: pass.snapshot }
      : { sealed, pass: { ...pass, cursor: lastOf(rows) } };
  }

  async #begin(transaction: Transaction): Promise<ChainKeyPair> {
    if (await hasChain(transaction))
      throw new ChainDamagedError('The rows of audit_keys are gone though records were sealed with them.');
    this.#log.log('the chain over the audit records begins');
    return this.keys.make(transaction);
  }

  /** Those that get a seal; about the others, and about odd times, the log has a word. */
  #judge(rows: readonly CandidateRow[], last: PassEnd, present: Present): CandidateRow[] {
    let backdated = 0;
    const judged = rows.filter((row) => {
      const record = toUnsealed(row);
      if (isInserted(record, last, present)) {
        this.#refuse(record);
        return false;
      }
      if (isBackdated(record, last, present)) backdated += 1;
      return true;
    });
    if (backdated > 0)
      this.#log.warn({ records: backdated }, 'new audit records have an old time: was the clock wrong?');
    return judged;
  }

  #refuse({ id }: UnsealedRecord): void {
    if (this.#refused.has(id)) return;
    this.#refused.add(id);
    this.#log.error(
      { record_id: id },
      'an audit record was put into the sealed past: it gets no seal; run an audit verification',
    );
  }
}

function toUnsealed(row: CandidateRow): UnsealedRecord {
  return {
    id: Number(row.id),
    transactionId: BigInt(row.transaction_id),
    recordedAtMs: row.recorded_at_ms,
  };
}

/** Whether there is anything of a chain: another one must not grow over it. */
async function hasChain(transaction: Transaction): Promise<boolean> {
  const rows = await transaction.query(
    '(select 1 from audit_seals limit 1) union all (select 1 from audit_head) union all (select 1 from audit_anchor)',
  );
  return rows.length > 0;
}

async function beginPass(transaction: Transaction, head: Head | null): Promise<Pass> {
  // In this order: whoever takes a number after this one takes higher ids than these.
  const lastId = await loadLastId(transaction);
  const [own] = await transaction.query<{ number: string }>('select pg_current_xact_id()::text as number');
  const { present, passedAt, snapshot } = await loadPresent(transaction);
  const isFull = head === null || isRestored(head.last, present);
  return {
    last: { ...present, ceiling: BigInt(own?.number ?? 0) + 1n, lastId },
    passedAt,
    snapshot,
    isFull,
    cursor: isFull ? BEGINNING : { transactionId: String(head.last.horizon), id: 0 },
  };
}

function chain(
  records: readonly CandidateRow[],
  head: Head | null,
  { chain: key }: ChainKeyPair,
): { position: number; recordId: number; hash: Buffer }[] {
  let { position, hash } = head ?? { position: 0, hash: GENESIS };
  return records.map((record) => {
    position += 1;
    hash = key.sealOf(hash, position, sealedText(record));
    return { position, recordId: Number(record.id), hash };
  });
}

/** The rows are in the order of their ids; the next page begins after the last in the order of transactions. */
function lastOf(rows: readonly CandidateRow[]): Cursor {
  let last = { transactionId: 0n, id: 0 };
  for (const row of rows) {
    const transactionId = BigInt(row.transaction_id);
    const id = Number(row.id);
    if (transactionId > last.transactionId || (transactionId === last.transactionId && id > last.id))
      last = { transactionId, id };
  }
  return { transactionId: String(last.transactionId), id: last.id };
}
