// Work that was found impossible when it was decided: it is enqueued as FAILED, with what went wrong as its history.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import type { Placed } from './collected.js';
import { columns } from '../columns.js';
import { cleanText } from '../domain/clean-text.js';
import { settleFailure } from '../domain/outcome.js';
import { RETRY_POLICIES } from '../domain/retry-schedule.js';
import type { OperationKinds } from '../operation-kinds.js';
import { announceEndings } from './endings.js';

const here = new URL('..', import.meta.url).href;
const FAIL_LANES = loadStatement('fail-lanes', here);
const INSERT_ATTEMPTS = loadStatement('insert-attempts', here);

/** Run once new operations are inserted and have joined their groups. Gives the targets that have due work now. */
export async function enqueuedFailure(
  transaction: Transaction,
  placed: readonly Placed[],
  kinds: OperationKinds,
): Promise<number[]> {
  const failed = placed.flatMap(({ laneId, seq, operation }) => {
    if (!operation.failure) return [];
    const settlement = settleFailure(
      operation.failure,
      { attempts: 0, failingForMs: 0, state: 'CREATED' },
      { ...kinds.require(operation.kind), whenExhausted: 'park' },
      { policy: RETRY_POLICIES.default, isBreakerOpen: false, draw: 1, factor: 1 },
    );
    return settlement.as === 'keep' ? [{ laneId, seq, failure: operation.failure, settlement }] : [];
  });
  if (failed.length === 0) return [];
  await transaction.query(INSERT_ATTEMPTS, [
    0,
    ...columns(
      failed,
      ({ laneId, seq, failure }) => [
        laneId,
        seq,
        0,
        failure.kind,
        failure.code,
        cleanText(failure.message),
        0,
      ],
      7,
    ),
  ]);
  const waiting = await transaction.query<{ lane_id: number; seq: number; state: string }>(
    FAIL_LANES,
    columns(failed, ({ laneId, seq, settlement }) => [laneId, seq, settlement.lane, settlement.delayMs], 4),
  );
  return announceEndings(
    transaction,
    waiting.flatMap((row) =>
      row.state === 'parked'
        ? [{ laneId: row.lane_id, seq: row.seq, became: 'failed' as const, isOver: false }]
        : [],
    ),
  );
}
