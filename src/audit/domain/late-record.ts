// Which records can no longer come: after a pass of the sealer, new transactions have higher numbers and ids.

/** What held when the last pass began. */
export interface PassEnd {
  /** Every transaction below had ended. */
  readonly horizon: bigint;
  /** No transaction from here on had its number. */
  readonly ceiling: bigint;
  /** The last id that was given out. */
  readonly lastId: number;
  readonly passedAtMs: number;
  /** Names the cluster: transactions of two are counted apart. */
  readonly cluster: string;
}

/** Where the database is now. */
export type Present = Omit<PassEnd, 'lastId'>;

export interface UnsealedRecord {
  readonly id: number;
  readonly transactionId: bigint;
  readonly recordedAtMs: number;
}

/** How far the database's clock may be set back without a word, in milliseconds. */
const CLOCK_TOLERANCE_MS = 300_000;

/** Whether the database was restored since: transactions are counted from a lower number again. */
export function isRestored(last: PassEnd, present: Present): boolean {
  return last.cluster !== present.cluster || last.ceiling > present.ceiling;
}

/** Whether a record without a seal claims a place that was sealed before it came: Provost never wrote it. */
export function isInserted(record: UnsealedRecord, last: PassEnd, present: Present): boolean {
  if (isRestored(last, present)) return record.transactionId < last.horizon && record.id <= last.lastId;
  if (record.transactionId < last.horizon) return true;
  // A transaction takes its number before it takes ids and times for its records.
  return record.transactionId >= last.ceiling && record.id <= last.lastId;
}

/** Whether a new record has an old time. Its number and id prove that it is new; the clock may have been wrong since. */
export function isBackdated(record: UnsealedRecord, last: PassEnd, present: Present): boolean {
  if (isRestored(last, present) || record.transactionId < last.ceiling) return false;
  return record.recordedAtMs < last.passedAtMs - CLOCK_TOLERANCE_MS;
}
