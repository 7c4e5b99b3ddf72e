// The flush: everything that ended meanwhile is settled in one transaction — side rows, children, archive, the next
// heads — or, when one of them is at fault, in ever smaller groups until the guilty one stands alone.
import type { Database, Transaction } from '../../platform/database/index.js';
import { loadStatement } from '../../platform/database/index.js';
import { cleanText } from '../domain/clean-text.js';
import type { LaneState } from '../domain/operation-state.js';
import { settleFailure, type Settlement } from '../domain/outcome.js';
import { LeaseLostError, type OperationKind } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';
import type { Queue } from '../queue.service.js';
import type { Target } from '../targets.service.js';
import { type ClaimedOperation, type EndedAttempt, type HeadRow, toClaimed } from './claimed-operation.js';

const here = new URL('..', import.meta.url).href;
const LOCK_ENDED = loadStatement('lock-ended', here);
const FINISH_OPERATIONS = loadStatement('finish-operations', here);
const KEEP_OPERATIONS = loadStatement('keep-operations', here);
const INSERT_ATTEMPTS = loadStatement('insert-attempts', here);

export interface FlushDependencies {
  readonly database: Database;
  readonly queue: Queue;
  readonly kinds: OperationKinds;
  readonly executorId: number;
  readonly targetOf: (id: number) => Target | undefined;
  /** Milliseconds since `failedSince`, by the database's clock as far as it is known. */
  readonly failingForMs: (operation: ClaimedOperation) => number;
  readonly draw: () => number;
  readonly timeFactor: number;
}

/** What became of one ended attempt. */
export interface Flushed {
  readonly attempt: EndedAttempt;
  readonly settlement: Settlement | null;
  /** The lane's next operation, to be run at once. */
  readonly next: ClaimedOperation | null;
  /** `held`: settled, but somebody holds the lane's row; it is to be released later. `busy`: nothing was written, flush again. `gone`: not ours any more. */
  readonly lane: 'continues' | 'released' | 'held' | 'busy' | 'gone';
}

type Settled = { readonly attempt: EndedAttempt; readonly settlement: Settlement; readonly text: string };

/** @throws when the database is away: nothing of the flush happened, or the caller finds it `gone` next time. */
export async function flush(attempts: readonly EndedAttempt[], deps: FlushDependencies): Promise<Flushed[]> {
  try {
    return await deps.database.transact((transaction) => flushIn(transaction, attempts, deps));
  } catch (error) {
    if (error instanceof LeaseLostError || isPassing(error)) throw error;
    const [only] = attempts;
    if (attempts.length > 1) {
      const middle = Math.ceil(attempts.length / 2);
      return [
        ...(await flush(attempts.slice(0, middle), deps)),
        ...(await flush(attempts.slice(middle), deps)),
      ];
    }
    if (!only || only.result.kind !== 'executed' || !only.result.settle) throw error;
    const message = `Its result could not be stored: ${error instanceof Error ? error.message : String(error)}`;
    return flush([{ ...only, result: { kind: 'transient', code: 'settle-failed', message } }], deps);
  }
}

async function flushIn(
  transaction: Transaction,
  attempts: readonly EndedAttempt[],
  deps: FlushDependencies,
): Promise<Flushed[]> {
  const owned = await lockOwned(transaction, attempts, deps.executorId);
  const settled: Settled[] = [];
  for (const attempt of attempts) {
    if (owned.has(laneKey(attempt))) settled.push(await settle(transaction, attempt, deps));
  }
  // Children's lanes first: from here on this transaction waits for no lane.
  await deps.queue.writeCollected(transaction);
  const lanes = new Map([
    ...(await finish(
      transaction,
      settled.filter(({ settlement }) => settlement.as === 'archive'),
      deps.executorId,
    )),
    ...(await keep(
      transaction,
      settled.filter(({ settlement }) => settlement.as === 'keep'),
      deps,
    )),
  ]);
  await insertAttempts(
    transaction,
    settled.filter(({ attempt }) => lanes.get(attempt.operation.laneId)?.lane !== 'busy'),
    deps.executorId,
  );
  const bySettlement = new Map(settled.map((one) => [laneKey(one.attempt), one.settlement]));
  return attempts.map((attempt): Flushed => {
    const settlement = bySettlement.get(laneKey(attempt));
    const lane = lanes.get(attempt.operation.laneId);
    if (!settlement || !lane) return { attempt, settlement: null, next: null, lane: 'gone' };
    return { attempt, settlement, ...lane };
  });
}

async function lockOwned(
  transaction: Transaction,
  attempts: readonly EndedAttempt[],
  executorId: number,
): Promise<Set<string>> {
  const rows = await transaction.query<{ lane_id: number; seq: number }>(LOCK_ENDED, [
    executorId,
    ...columns(attempts, ({ operation }) => [operation.laneId, operation.token, operation.seq], 3),
  ]);
  return new Set(rows.map((row) => `${row.lane_id}-${row.seq}`));
}

async function settle(
  transaction: Transaction,
  attempt: EndedAttempt,
  deps: FlushDependencies,
): Promise<Settled> {
  const { operation, result } = attempt;
  if (result.kind === 'executed') {
    let ordinal = 0;
    const better = await result.settle?.(transaction, (child) => {
      ordinal += 1;
      deps.queue.enqueue(transaction, child, { laneId: operation.laneId, seq: operation.seq, ordinal });
    });
    return {
      attempt,
      settlement: { as: 'archive', state: 'EXECUTED' },
      text: cleanText(better ?? result.summary),
    };
  }
  const settlement = settleFailure(
    result,
    { attempts: operation.attempts, failingForMs: deps.failingForMs(operation), state: operation.state },
    deps.kinds.get(operation.kind) ?? { whenExhausted: 'park', retryGate: 'claim' },
    deps.targetOf(operation.targetId)?.retry_policy ?? 'default',
    deps.draw(),
    deps.timeFactor,
  );
  return { attempt, settlement, text: cleanText(result.message) };
}

async function insertAttempts(
  transaction: Transaction,
  settled: readonly Settled[],
  executorId: number,
): Promise<void> {
  await transaction.query(INSERT_ATTEMPTS, [
    executorId,
    ...columns(
      settled,
      ({ attempt: { operation, result, tookMs }, text }) => [
        operation.laneId,
        operation.seq,
        operation.attempts + 1,
        result.kind,
        result.kind === 'executed' ? null : result.code,
        text,
        tookMs,
      ],
      7,
    ),
  ]);
}

type LaneAfter = Pick<Flushed, 'next' | 'lane'>;

async function finish(
  transaction: Transaction,
  settled: readonly Settled[],
  executorId: number,
): Promise<[number, LaneAfter][]> {
  if (settled.length === 0) return [];
  const rows = await transaction.query<HeadRow & { released_to: string | null }>(FINISH_OPERATIONS, [
    executorId,
    ...columns(
      settled,
      ({ attempt: { operation }, settlement, text }) => [
        operation.laneId,
        operation.token,
        operation.seq,
        settlement.state,
        text,
        operation.attempts + 1,
      ],
      6,
    ),
  ]);
  const after = new Map(rows.map((row) => [row.lane_id, row]));
  return settled.map(({ attempt: { operation } }) => {
    const row = after.get(operation.laneId);
    if (!row) return [operation.laneId, { next: null, lane: 'held' }];
    if (row.seq === null) return [operation.laneId, { next: null, lane: 'released' }];
    return [operation.laneId, { next: toClaimed({ ...row, seq: row.seq }, operation), lane: 'continues' }];
  });
}

async function keep(
  transaction: Transaction,
  settled: readonly Settled[],
  deps: FlushDependencies,
): Promise<[number, LaneAfter][]> {
  if (settled.length === 0) return [];
  const rows = await transaction.query<{ lane_id: number }>(KEEP_OPERATIONS, [
    deps.executorId,
    ...columns(
      settled.flatMap((one) =>
        one.settlement.as === 'keep' ? [{ ...one, settlement: one.settlement }] : [],
      ),
      ({ attempt: { operation }, settlement }) => [
        operation.laneId,
        operation.token,
        operation.seq,
        settlement.state,
        operation.attempts + 1,
        settlement.lane,
        settlement.delayMs,
        operation.laneTail,
        correctedState(deps.kinds.get(operation.kind)),
      ],
      9,
    ),
  ]);
  const released = new Set(rows.map((row) => row.lane_id));
  return settled.map(({ attempt: { operation } }) => [
    operation.laneId,
    { next: null, lane: released.has(operation.laneId) ? 'released' : 'busy' },
  ]);
}

function correctedState(kind: OperationKind | undefined): LaneState | null {
  if (!kind?.isCorrectable) return null;
  return kind.retryGate === 'claim' ? 'ready' : 'gated-retry';
}

/** Rows to one array a column, as `unnest` takes them. */
function columns<Item>(
  items: readonly Item[],
  toRow: (item: Item) => readonly unknown[],
  width: number,
): unknown[][] {
  const rows = items.map(toRow);
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}

function laneKey({ operation }: EndedAttempt): string {
  return `${operation.laneId}-${operation.seq}`;
}

/** The connection or the server, not the statement: SQLSTATE class 08 or 57P, a socket's code, or the driver's words. */
function isConnectionError(error: unknown): boolean {
  const { code } = ((error as { driverError?: unknown } | null)?.driverError ?? error ?? {}) as {
    code?: unknown;
  };
  return typeof code === 'string'
    ? /^(08|57P|E[A-Z])/.test(code)
    : /connection|terminated|timeout/i.test(String(error));
}

/** Faults that a later try of the same flush may not meet: the connection, a dead-lock, a missing partition. */
export function isPassing(error: unknown): boolean {
  if (isConnectionError(error)) return true;
  const { code, message = '' } = ((error as { driverError?: unknown } | null)?.driverError ??
    error ??
    {}) as {
    code?: string;
    message?: string;
  };
  return code?.startsWith('40') === true || (code === '23514' && message.includes('no partition'));
}
