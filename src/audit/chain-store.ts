// The two rows that say where the chain begins and ends, each with a MAC that only Provost can make.
import { type Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { type ChainKey, GENESIS, isMac } from './chain-key.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import type { PassEnd, Present } from './domain/late-record.js';
import { canonical } from './sealed-text.js';

type Reader = Pick<Database, 'query'> | Transaction;

/** The end of the chain, and what the last pass of the sealer had seen. */
export interface Head {
  readonly position: number;
  readonly hash: Buffer;
  readonly last: PassEnd;
  /** `last.passedAtMs` to the microsecond. */
  readonly passedAt: string;
}

/** Where the chain begins: before position 1, or where the retention has cut it. */
export interface Anchor {
  readonly position: number;
  readonly hash: Buffer;
}

interface HeadRow {
  readonly position: number;
  readonly hash: Buffer;
  readonly horizon: string;
  readonly ceiling: string;
  readonly last_id: string;
  readonly passed_at: string;
  readonly passed_at_ms: number;
  readonly cluster: string;
  readonly mac: Buffer;
}

type PresentRow = Omit<HeadRow, 'position' | 'hash' | 'last_id' | 'mac'> & { readonly snapshot: string };

/** Where transactions are, as one snapshot has it. */
export interface Now {
  readonly present: Present;
  readonly passedAt: string;
  /** Which transactions had ended, as PostgreSQL writes it. */
  readonly snapshot: string;
}

const LOAD_HEAD = loadStatement('load-head', import.meta.url);
const SAVE_HEAD = loadStatement('save-head', import.meta.url);
const NOW_IN_TRANSACTIONS = loadStatement('now-in-transactions', import.meta.url);

/** Null before the first record was sealed. @throws ChainDamagedError */
export async function loadHead(database: Reader, key: ChainKey): Promise<Head | null> {
  const stored = await readHead(database, key);
  if (stored?.isForged === true) throw forged('audit_head');
  return stored;
}

/** The head as it stands there, whoever wrote it. */
export async function readHead(
  database: Reader,
  key: ChainKey,
): Promise<(Head & { readonly isForged: boolean }) | null> {
  const [row] = await database.query<HeadRow>(LOAD_HEAD);
  if (!row) return null;
  const { position, hash, horizon, ceiling, last_id, passed_at, passed_at_ms, cluster, mac } = row;
  const head: Head = {
    position,
    hash,
    last: {
      horizon: BigInt(horizon),
      ceiling: BigInt(ceiling),
      lastId: Number(last_id),
      passedAtMs: passed_at_ms,
      cluster,
    },
    passedAt: passed_at,
  };
  return { ...head, isForged: !isMac(mac, headMac(key, head)) };
}

export async function saveHead(transaction: Transaction, key: ChainKey, head: Head): Promise<void> {
  const { position, hash, last, passedAt } = head;
  await transaction.query(SAVE_HEAD, [
    position,
    hash,
    String(last.horizon),
    String(last.ceiling),
    last.lastId,
    passedAt,
    last.cluster,
    headMac(key, head),
  ]);
}

/** @throws ChainDamagedError */
export async function loadAnchor(database: Reader, key: ChainKey): Promise<Anchor> {
  const stored = await readAnchor(database, key);
  if (stored.isForged) throw forged('audit_anchor');
  return stored;
}

/** The anchor as it stands there, whoever wrote it. */
export async function readAnchor(
  database: Reader,
  key: ChainKey,
): Promise<Anchor & { readonly isForged: boolean }> {
  const [row] = await database.query<Anchor & { readonly mac: Buffer }>(
    'select position, hash, mac from audit_anchor',
  );
  if (!row) return { position: 0, hash: GENESIS, isForged: false };
  return { position: row.position, hash: row.hash, isForged: !isMac(row.mac, anchorMac(key, row)) };
}

export function anchorMac(key: ChainKey, { position, hash }: Anchor): Buffer {
  return key.anchorMac(canonical({ position, hash: hash.toString('hex') }));
}

/** Where transactions are, and the database's clock. Read it after the head that it is compared with. */
export async function loadPresent(database: Reader): Promise<Now> {
  const [row] = await database.query<PresentRow>(NOW_IN_TRANSACTIONS);
  if (!row) throw new Error('The database does not say where its transactions are.');
  const present = {
    horizon: BigInt(row.horizon),
    ceiling: BigInt(row.ceiling),
    passedAtMs: row.passed_at_ms,
    cluster: row.cluster,
  };
  return { present, passedAt: row.passed_at, snapshot: row.snapshot };
}

/** The last id that was given out. */
export async function loadLastId(database: Reader): Promise<number> {
  const [row] = await database.query<{ last_id: number }>(
    'select case when is_called then last_value else 0 end as last_id from audit_records_id_seq',
  );
  return row?.last_id ?? 0;
}

function headMac(key: ChainKey, { position, hash, last, passedAt }: Head): Buffer {
  return key.headMac(
    canonical({
      position,
      hash: hash.toString('hex'),
      horizon: String(last.horizon),
      ceiling: String(last.ceiling),
      lastId: last.lastId,
      passedAt,
      cluster: last.cluster,
    }),
  );
}

function forged(row: string): ChainDamagedError {
  return new ChainDamagedError(
    `The row ${row} was not written by Provost: somebody changed it in the database.`,
  );
}
