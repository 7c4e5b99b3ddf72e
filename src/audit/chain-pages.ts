// The chain and what is not in it, read a page at a time: nobody holds a million records, and no statement runs long.
import { type Database, loadStatement, type Transaction } from '../platform/database/index.js';
import type { SealedRecord } from './domain/chain-walk.js';
import type { Stranger } from './domain/explain-mismatches.js';
import type { UnsealedRecord } from './domain/late-record.js';
import { type RecordText, sealedText } from './sealed-text.js';

const CHAIN_PAGE = loadStatement('chain-page', import.meta.url);
const UNSEALED_PAGE = loadStatement('unsealed-page', import.meta.url);
const RECORD_TEXTS = loadStatement('record-texts', import.meta.url);

/** Seals and records that are held at a time, at most. */
export const SEALS_IN_A_PAGE = 500;
/** Of the documents before and after, as they are stored: many times that when they are read. */
export const BYTES_IN_A_PAGE = 2_097_152;
const IDS = 20_000;

/** A record as it reads now; every column is null when it is gone. */
type ChainRow = { readonly position: number; readonly record_id: number; readonly hash: Buffer } & (
  RecordText | { readonly id: null }
);

interface UnsealedRow {
  readonly last_id: number | null;
  readonly id: number | null;
  readonly transaction_id: string;
  readonly recorded_at_ms: number;
}

/** The next seals after `position`, none beyond `end`: fewer at a time when their records are large. */
export async function readSeals(
  database: Pick<Database, 'query'> | Transaction,
  position: number,
  end: number,
): Promise<SealedRecord[]> {
  const rows = await database.query<ChainRow>(CHAIN_PAGE, [position, end, SEALS_IN_A_PAGE, BYTES_IN_A_PAGE]);
  return rows.map((row) => ({
    position: row.position,
    recordId: row.record_id,
    hash: row.hash,
    text: row.id === null ? null : sealedText(row),
  }));
}

/** Every record without a seal, in the order of their ids. */
export async function* readUnsealed(database: Database): AsyncGenerator<UnsealedRecord> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = await database.query<UnsealedRow>(UNSEALED_PAGE, [after, IDS]);
    for (const { id, transaction_id, recorded_at_ms } of rows) {
      if (id !== null) yield { id, transactionId: BigInt(transaction_id), recordedAtMs: recorded_at_ms };
    }
    const last = rows.find(({ last_id }) => last_id !== null)?.last_id;
    if (last === undefined || last === null) return;
    after = last;
  }
}

export async function readStrangers(database: Database, ids: readonly number[]): Promise<Stranger[]> {
  if (ids.length === 0) return [];
  const rows = await database.query<RecordText>(RECORD_TEXTS, [ids]);
  return rows.map((row) => ({ recordId: Number(row.id), text: sealedText(row) }));
}
