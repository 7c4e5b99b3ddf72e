// Operations that wait for an older one, or for a group: their lane is dependent while they are its head.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import { columns } from '../columns.js';
import { type OperationRef, toOperationId } from '../domain/operation-id.js';
import type { NewOperation } from '../operation-kind.js';
import type { Placed } from './collected.js';
import { openWaitingLanes } from './endings.js';

const here = new URL('..', import.meta.url).href;
const AWAIT_OPERATIONS = loadStatement('await-operations', here);
const DEPEND_LANES = loadStatement('depend-lanes', here);
const FIND_SUPERSEDERS = loadStatement('find-superseders', here);

/** The operation that one waits for; null when it waits for none. */
export function awaitedBy({ waitsFor }: NewOperation): OperationRef | null {
  return waitsFor && 'laneId' in waitsFor ? waitsFor : null;
}

/** The group that one waits for; null when it waits for none. */
export function awaitedGroupOf({ waitsFor }: NewOperation): number | null {
  return waitsFor && 'group' in waitsFor ? waitsFor.group : null;
}

/**
 * Marks what is waited for, and follows what was superseded to what replaced it. Run before groups are locked: whoever
 * ends an operation locks it before its groups.
 */
export async function resolveWaits(
  transaction: Transaction,
  placed: readonly Placed[],
): Promise<readonly Placed[]> {
  const awaited = placed.flatMap(({ operation }) => awaitedBy(operation) ?? []);
  if (awaited.length === 0) return placed;
  const successors = await awaitOperations(transaction, awaited);
  return placed.map((one) => {
    const ref = awaitedBy(one.operation);
    const successor = ref ? successors.get(toOperationId(ref)) : undefined;
    return successor ? { ...one, operation: { ...one.operation, waitsFor: successor } } : one;
  });
}

/** Gives, by the id of each that was superseded, what stands for it now. */
async function awaitOperations(
  transaction: Transaction,
  awaited: readonly OperationRef[],
): Promise<ReadonlyMap<string, OperationRef>> {
  const found = await transaction.query<{ lane_id: number; seq: number }>(
    AWAIT_OPERATIONS,
    columns(awaited, ({ laneId, seq }) => [laneId, seq], 2),
  );
  const waiting = new Set(found.map((row) => toOperationId({ laneId: row.lane_id, seq: row.seq })));
  const missing = awaited.filter((ref) => !waiting.has(toOperationId(ref)));
  if (missing.length === 0) return new Map();
  const rows = await transaction.query<{ lane_id: number; seq: number; superseded_by: number }>(
    FIND_SUPERSEDERS,
    columns(missing, ({ laneId, seq }) => [laneId, seq], 2),
  );
  if (rows.length === 0) return new Map();
  const successors = rows.map((row) => ({ laneId: row.lane_id, seq: row.superseded_by }));
  const further = await awaitOperations(transaction, successors);
  return new Map(
    rows.map((row) => {
      const successor = { laneId: row.lane_id, seq: row.superseded_by };
      return [
        toOperationId({ laneId: row.lane_id, seq: row.seq }),
        further.get(toOperationId(successor)) ?? successor,
      ];
    }),
  );
}

/**
 * Run once new operations are inserted, have joined their groups, and the groups they wait for are locked. Gives the
 * targets that have due work now.
 */
export async function settleWaits(transaction: Transaction, placed: readonly Placed[]): Promise<number[]> {
  const waiting = placed.filter(({ operation }) => operation.waitsFor !== undefined);
  if (waiting.length === 0) return [];
  const lanes = [...new Set(waiting.map(({ laneId }) => laneId))];
  await transaction.query(DEPEND_LANES, [lanes]);
  // What they wait for may have ended with the operations that were just replaced.
  return openWaitingLanes(transaction, lanes);
}
