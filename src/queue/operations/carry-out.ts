// Does what a person decided about waiting operations whose lanes are locked: rows, groups, waiters, audit records.
import type { AuditLog } from '../../audit/index.js';
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import type { Actor } from '../../platform/http/index.js';
import { columns } from '../columns.js';
import { cleanText } from '../domain/clean-text.js';
import type { Move } from '../domain/moves.js';
import { toOperationId } from '../domain/operation-id.js';
import { announceEndings, reopenMembers } from '../enqueue/endings.js';
import type { ConfirmedOperation, Intent } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';

const here = new URL('..', import.meta.url).href;
const END_OPERATIONS = loadStatement('end-operations', here);
const NEWEST_INTENTS = loadStatement('newest-intents', here);
const REOPEN_LANES = loadStatement('reopen-lanes', here);
const RETRY_OPERATIONS = loadStatement('retry-operations', here);

export interface MovableRow {
  readonly lane_id: number;
  readonly seq: number;
  readonly is_grouped: boolean;
  readonly is_awaited: boolean;
}

export interface Decision {
  readonly move: Move;
  readonly actor: Actor;
  readonly reason: string | null;
}

export interface CarryOutDependencies {
  readonly audit: AuditLog;
  readonly kinds: OperationKinds;
}

interface EndedRow {
  readonly lane_id: number;
  readonly seq: number;
  readonly kind: string;
  readonly payload: unknown;
  readonly actor: string;
  readonly request_id: string | null;
  readonly was_head: boolean;
}

const VERBS: Readonly<Record<Move, string>> = {
  retry: 'retried',
  cancel: 'canceled',
  'cancel-behind': 'canceled',
  confirm: 'confirmed',
};

/** Gives the targets that have due work now. */
export async function carryOut(
  transaction: Transaction,
  rows: readonly MovableRow[],
  decision: Decision,
  deps: CarryOutDependencies,
): Promise<number[]> {
  await recordAll(transaction, rows, decision, deps.audit);
  if (decision.move !== 'retry') return endAll(transaction, rows, decision, deps.kinds);
  const lanes = await transaction.query<{ target_id: number }>(RETRY_OPERATIONS, placesOf(rows));
  await reopenMembers(
    transaction,
    rows.map((row) => row.lane_id),
  );
  return lanes.map((row) => row.target_id);
}

async function endAll(
  transaction: Transaction,
  rows: readonly MovableRow[],
  { move, actor, reason }: Decision,
  kinds: OperationKinds,
): Promise<number[]> {
  const [state, verb] = move === 'confirm' ? ['EXECUTED', 'Confirmed'] : ['CANCELED', 'Canceled'];
  const result = cleanText(`${verb} by ${actor.name}: ${reason ?? ''}`);
  const ended = await transaction.query<EndedRow>(END_OPERATIONS, [...placesOf(rows), state, result]);
  if (move === 'confirm') await tellKinds(transaction, ended, kinds);
  const lanes = await transaction.query<{ target_id: number; state: string }>(REOPEN_LANES, [
    ended.filter((row) => row.was_head).map((row) => row.lane_id),
  ]);
  const opened = await announceEndings(
    transaction,
    rows
      .filter((row) => row.is_grouped || row.is_awaited)
      .map((row) => ({
        laneId: row.lane_id,
        seq: row.seq,
        became: move === 'confirm' ? ('done' as const) : ('failed' as const),
        isOver: true,
      })),
  );
  return [...lanes.flatMap((lane) => (lane.state === 'ready' ? [lane.target_id] : [])), ...opened];
}

/** Nobody has read the target: the kinds take over what the person says. */
async function tellKinds(
  transaction: Transaction,
  ended: readonly EndedRow[],
  kinds: OperationKinds,
): Promise<void> {
  const announced = await transaction.query<
    Pick<Intent, 'action' | 'identifier'> & { lane_id: number; seq: number }
  >(NEWEST_INTENTS, placesOf(ended));
  const sent = new Map(
    announced.map(({ lane_id, seq, action, identifier }) => [`${lane_id}-${seq}`, { action, identifier }]),
  );
  for (const name of new Set(ended.map(({ kind }) => kind))) {
    const kind = kinds.get(name);
    if (!kind?.recordConfirmed) continue;
    const operations = ended.flatMap((row): ConfirmedOperation[] => {
      const payload = row.kind === name ? kind.payload.safeParse(row.payload) : undefined;
      if (!payload?.success) return [];
      return [
        {
          laneId: row.lane_id,
          seq: row.seq,
          payload: payload.data,
          actor: { name: row.actor, requestId: row.request_id },
          sent: sent.get(`${row.lane_id}-${row.seq}`) ?? null,
        },
      ];
    });
    await kind.recordConfirmed(transaction, operations);
  }
}

/** One record an operation, so that each can be searched for; they travel together. */
async function recordAll(
  transaction: Transaction,
  rows: readonly MovableRow[],
  { move, actor, reason }: Decision,
  audit: AuditLog,
): Promise<void> {
  await Promise.all(
    rows.map((row) => {
      const id = toOperationId({ laneId: row.lane_id, seq: row.seq });
      return audit.record(transaction, {
        actor,
        action: `operation.${VERBS[move]}`,
        objectType: 'operation',
        objectId: id,
        operation: id,
        after: reason === null ? undefined : { reason },
      });
    }),
  );
}

function placesOf(rows: readonly { readonly lane_id: number; readonly seq: number }[]): unknown[][] {
  return columns(rows, (row) => [row.lane_id, row.seq], 2);
}
