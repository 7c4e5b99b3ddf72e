// Appends what has been committed to the chain. One at a time over all nodes; a pass that breaks off is begun again.
import { Injectable, Logger } from '@nestjs/common';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { GENESIS } from './chain-key.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import { ChainKeys, type ChainKeyPair } from './chain-keys.js';
import { type Head, loadHead, loadLastId, loadPresent, saveHead } from './chain-store.js';
import { isInserted, isRestored, type PassEnd } from './domain/late-record.js';
import { type RecordText, sealedText } from './sealed-text.js';

const CANDIDATES = loadStatement('seal-candidates', import.meta.url);
const INSERT_SEALS = loadStatement('insert-seals', import.meta.url);

/** Held by the one that seals. An arbitrary number, the same in every version. */
const LOCK = 7_266_013;
const BATCH = 1_000;
const BEGINNING: Cursor = { transactionId: '0', id: 0 };
const NOTHING_SEEN: Pick<Head, 'last' | 'passedAt'> = {
  last: { horizon: 0n, ceiling: 0n, lastId: 0, passedAtMs: 0, cluster: '' },
  passedAt: '1970-01-01T00:00:00Z',
};

interface CandidateRow extends RecordText {
  readonly is_sealed: boolean;
  readonly recorded_at_ms: number;
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
  /** Whether records of transactions that this cluster has not reached are looked at too. */
  readonly isFull: boolean;
  readonly cursor: Cursor;
}

@Injectable()
export class Sealer {
  readonly #log = new Logger('audit');
  readonly #refused = new Set<number>();

  constructor(
    private readonly database: Database,
    private readonly keys: ChainKeys,
  ) {}

  /**
   * Seals what is committed by now; returns how many records that were. Does nothing while another node does it.
   * @throws DataKeyError, ChainDamagedError when the chain cannot be continued
   */
  async seal(): Promise<number> {
    if (!(await this.#hasWork())) return 0;
    let sealed = 0;
    let pass: Pass | undefined;
    do {
      const done = await this.database.transact((transaction) => this.#sealBatch(transaction, pass));
      sealed += done.sealed;
      pass = done.pass;
    } while (pass !== undefined);
    return sealed;
  }

  /** A look that locks and writes nothing. */
  async #hasWork(): Promise<boolean> {
    const [row] = await this.database.query<{ has_work: boolean }>(
      `select case when h.id is null or greatest(h.ceiling, h.horizon) > pg_snapshot_xmax(pg_current_snapshot())
                     or h.cluster <> (select system_identifier::text from pg_control_system())
         then exists (select from audit_records)
         else exists (
           select from audit_records r
           where r.transaction_id >= h.horizon and r.transaction_id < pg_snapshot_xmax(pg_current_snapshot())
             -- A sealed one too, once everything older has ended: from then on nothing can be put in beside it.
             and (r.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
               or (select true from audit_seals s where s.record_id = r.id) is null))
         end as has_work
       from (select 1) one left join audit_head h on true`,
    );
    return row?.has_work === true;
  }

  async #sealBatch(
    transaction: Transaction,
    begun: Pass | undefined,
  ): Promise<{ sealed: number; pass?: Pass | undefined }> {
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
    ]);
    const records = rows.filter((row) => !row.is_sealed && !this.#isInserted(row, head, pass));
    const chained = chain(records, head, keys);
    if (chained.length > 0) {
      await transaction.query(INSERT_SEALS, [
        chained.map(({ position }) => position),
        chained.map(({ recordId }) => recordId),
        chained.map(({ hash }) => hash),
      ]);
    }
    const isComplete = rows.length < BATCH;
    const { position, hash } = chained.at(-1) ?? head ?? { position: 0, hash: GENESIS };
    // A pass that is not complete has seen nothing: it is begun again when this process dies.
    const { last, passedAt } = isComplete ? pass : (head ?? NOTHING_SEEN);
    await saveHead(transaction, keys.chain, { position, hash, last, passedAt });
    return {
      sealed: chained.length,
      pass: isComplete ? undefined : { ...pass, cursor: lastOf(rows) },
    };
  }

  async #begin(transaction: Transaction): Promise<ChainKeyPair> {
    if (await hasChain(transaction))
      throw new ChainDamagedError('The rows of audit_keys are gone though records were sealed with them.');
    this.#log.log('the chain over the audit records begins');
    return this.keys.make(transaction);
  }

  #isInserted(row: CandidateRow, head: Head | null, pass: Pass): boolean {
    if (head === null) return false;
    const record = {
      id: Number(row.id),
      transactionId: BigInt(row.transaction_id),
      recordedAtMs: row.recorded_at_ms,
    };
    if (!isInserted(record, head.last, pass.last)) return false;
    if (this.#refused.has(record.id)) return true;
    this.#refused.add(record.id);
    this.#log.error(
      { record_id: record.id },
      'an audit record was put into the sealed past: it gets no seal; run an audit verification',
    );
    return true;
  }
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
  const { present, passedAt } = await loadPresent(transaction);
  const isFull = head === null || isRestored(head.last, present);
  return {
    last: { ...present, ceiling: BigInt(own?.number ?? 0) + 1n, lastId },
    passedAt,
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
