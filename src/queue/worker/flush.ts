// The flush: everything that ended meanwhile is settled in one transaction — side rows, children, archive, the next
// heads — or, when one of them is at fault, in ever smaller groups until the guilty one stands alone.
import { cleanText } from '../domain/clean-text.js';
import type { LaneState } from '../domain/operation-state.js';
import { settleFailure, settleHeld, type Settlement } from '../domain/outcome.js';
import { RETRY_POLICIES } from '../domain/retry-schedule.js';
import type { Ending } from '../enqueue/endings.js';
import { LeaseLostError } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';
import type { Target } from '../target.js';
import { type ClaimedOperation, type EndedAttempt, toClaimed } from './claimed-operation.js';
import { isPassing } from './passing-fault.js';
import type { FinishedRow, LeasedRef, QueueStore, Settling } from './queue-store.js';

export interface FlushDependencies {
  readonly store: QueueStore;
  readonly kinds: OperationKinds;
  readonly executorId: number;
  readonly targetOf: (id: number) => Target | undefined;
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

interface Settled {
  readonly attempt: EndedAttempt;
  readonly settlement: Settlement;
  readonly text: string;
}

/** What the column holds. */
const MOST_ATTEMPTS = 32_767;

type LaneAfter = Pick<Flushed, 'next' | 'lane'>;

/** @throws when the database is away: nothing of the flush happened, or the caller finds it `gone` next time. */
export async function flush(attempts: readonly EndedAttempt[], deps: FlushDependencies): Promise<Flushed[]> {
  try {
    return await deps.store.settle((settling) => flushIn(settling, attempts, deps));
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
    const kind = only.hasSent ? 'unknown' : 'transient';
    return flush([{ ...only, result: { kind, code: 'settle-failed', message } }], deps);
  }
}

async function flushIn(
  settling: Settling,
  attempts: readonly EndedAttempt[],
  deps: FlushDependencies,
): Promise<Flushed[]> {
  const owned = await settling.lockOwned(deps.executorId, attempts.map(refOf));
  const settled: Settled[] = [];
  for (const attempt of attempts) {
    if (owned.has(keyOf(attempt))) settled.push(await settle(settling, attempt, deps));
  }
  // Children's lanes first: from here on this transaction waits for no lane.
  await settling.writeChildren();
  const finished = await finish(settling, settled, deps.executorId);
  const kept = await keep(settling, settled, deps);
  const lanes = new Map<number, LaneAfter>([...finished.lanes, ...kept.lanes]);
  await settling.recordAttempts(
    deps.executorId,
    settled.filter((one) => isAttempt(one) && lanes.get(laneOf(one))?.lane !== 'busy').map(toRecord),
  );
  await settling.announce([...finished.endings, ...kept.endings]);
  const bySettlement = new Map(settled.map((one) => [keyOf(one.attempt), one.settlement]));
  return attempts.map((attempt): Flushed => {
    const settlement = bySettlement.get(keyOf(attempt));
    const lane = lanes.get(attempt.operation.laneId);
    if (!settlement || !lane) return { attempt, settlement: null, next: null, lane: 'gone' };
    return { attempt, settlement, ...lane };
  });
}

async function settle(settling: Settling, attempt: EndedAttempt, deps: FlushDependencies): Promise<Settled> {
  const { operation, result } = attempt;
  if (result.kind === 'executed') {
    let ordinal = 0;
    const better = await result.settle?.(settling.transaction, (child) => {
      ordinal += 1;
      const { laneId, seq, isGrouped } = operation;
      settling.enqueue(child, { laneId, seq, ordinal, isGrouped });
    });
    return {
      attempt,
      settlement: { as: 'archive', state: 'EXECUTED' },
      text: cleanText(better ?? result.summary),
    };
  }
  if (result.kind === 'held')
    return { attempt, settlement: settleHeld(result, operation), text: cleanText(result.message) };
  const target = deps.targetOf(operation.targetId);
  const settlement = settleFailure(
    result,
    operation,
    deps.kinds.get(operation.kind) ?? { whenExhausted: 'park', retryGate: 'claim' },
    {
      policy: target?.retryPolicy ?? RETRY_POLICIES.default,
      isBreakerOpen: target !== undefined && target.breaker !== 'closed',
      draw: deps.draw(),
      factor: deps.timeFactor,
    },
  );
  return { attempt, settlement, text: cleanText(result.message) };
}

async function finish(
  settling: Settling,
  settled: readonly Settled[],
  executorId: number,
): Promise<{ lanes: [number, LaneAfter][]; endings: Ending[] }> {
  const ended = settled.filter(({ settlement }) => settlement.as === 'archive');
  if (ended.length === 0) return { lanes: [], endings: [] };
  const rows = await settling.finish(
    executorId,
    ended.map(({ attempt, settlement, text }) => ({
      ...refOf(attempt),
      state: settlement.state,
      result: text,
      attempts: Math.min(MOST_ATTEMPTS, attempt.operation.attempts + 1),
    })),
  );
  const after = new Map(rows.filter(({ what }) => what !== 'ended').map((row) => [row.lane_id, row]));
  return {
    lanes: ended.map(({ attempt: { operation } }) => [
      operation.laneId,
      laneAfter(operation, after.get(operation.laneId)),
    ]),
    endings: rows.flatMap((row): Ending[] =>
      row.what === 'ended'
        ? [
            {
              laneId: row.lane_id,
              seq: row.seq,
              became: row.state === 'EXECUTED' ? 'done' : 'failed',
              isOver: true,
            },
          ]
        : [],
    ),
  };
}

function laneAfter(operation: ClaimedOperation, row: FinishedRow | undefined): LaneAfter {
  if (!row) return { next: null, lane: 'held' };
  if (row.what !== 'next' || row.seq === null) return { next: null, lane: 'released' };
  return { next: toClaimed({ ...row, seq: row.seq }, operation), lane: 'continues' };
}

async function keep(
  settling: Settling,
  settled: readonly Settled[],
  deps: FlushDependencies,
): Promise<{ lanes: [number, LaneAfter][]; endings: Ending[] }> {
  const waiting = settled.flatMap(({ attempt, settlement, text }) =>
    settlement.as === 'keep' ? [{ attempt, settlement, text }] : [],
  );
  if (waiting.length === 0) return { lanes: [], endings: [] };
  const rows = await settling.keep(
    deps.executorId,
    waiting.map(({ attempt, settlement, text }) => ({
      ...refOf(attempt),
      settlement,
      attempts: Math.min(MOST_ATTEMPTS, attempt.operation.attempts + (settlement.counts ? 1 : 0)),
      claimedTail: attempt.operation.laneTail,
      correctedState: asksToWait(attempt) ? null : correctedState(attempt.operation, deps.kinds),
      holdMessage: settlement.hold === null ? null : text,
    })),
  );
  const states = new Map(rows.map((row) => [row.lane_id, row.state]));
  return {
    lanes: waiting.map(({ attempt: { operation } }) => [
      operation.laneId,
      { next: null, lane: states.has(operation.laneId) ? 'released' : 'busy' },
    ]),
    endings: waiting.flatMap(({ attempt: { operation } }): Ending[] =>
      operation.isGrouped && states.get(operation.laneId) === 'parked'
        ? [{ laneId: operation.laneId, seq: operation.seq, became: 'failed', isOver: false }]
        : [],
    ),
  };
}

/** A newer operation may correct a head that makes the full state match: its values are computed at each attempt. */
function correctedState({ kind, supersession }: ClaimedOperation, kinds: OperationKinds): LaneState | null {
  if (supersession !== 'state') return null;
  return kinds.get(kind)?.retryGate === 'retry-tick' ? 'gated-retry' : 'ready';
}

function asksToWait({ result }: EndedAttempt): boolean {
  return result.kind !== 'executed' && result.kind !== 'held' && result.retryAfterMs !== undefined;
}

/** What was held back attempted nothing. */
function isAttempt({ attempt: { result } }: Settled): boolean {
  return result.kind !== 'held';
}

function toRecord({ attempt: { operation, result, tookMs }, text }: Settled): {
  laneId: number;
  seq: number;
  attempt: number;
  outcome: string;
  code: string | null;
  message: string;
  tookMs: number;
} {
  return {
    laneId: operation.laneId,
    seq: operation.seq,
    attempt: operation.attempts + 1,
    outcome: result.kind,
    code: result.kind === 'executed' || result.kind === 'held' ? null : result.code,
    message: text,
    tookMs,
  };
}

function refOf({ operation: { laneId, seq, token } }: EndedAttempt): LeasedRef {
  return { laneId, seq, token };
}

function keyOf({ operation }: EndedAttempt): string {
  return `${operation.laneId}-${operation.seq}`;
}

function laneOf({ attempt }: Settled): number {
  return attempt.operation.laneId;
}
