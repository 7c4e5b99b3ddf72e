// What a person may do with waiting operations: one, or as many as a selection names, which is shown before it moves.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { Database, loadStatement, type Transaction } from '../../platform/database/index.js';
import type { Actor } from '../../platform/http/index.js';
import { type MovableOperation, type Move, refusalOf } from '../domain/moves.js';
import { fromOperationId, type OperationRef, toOperationId } from '../domain/operation-id.js';
import type { QueuedState } from '../domain/operation-state.js';
import { OperationKinds } from '../operation-kinds.js';
import { queueProblems } from '../queue.problems.js';
import { Queue } from '../queue.service.js';
import { carryOut, type MovableRow } from './carry-out.js';
import { moveProblem } from './move-problem.js';
import type { MovePreview, MoveRequest, MoveResult, MoveSelection } from './moves.schema.js';
import { operationNotFound, parseOperationId } from './operations.service.js';

const here = new URL('..', import.meta.url).href;
const LOCK_LANES = loadStatement('lock-lanes', here);
const MOVABLE_OPERATION = loadStatement('movable-operation', here);
const SELECT_MOVES = loadStatement('select-moves', here);

/** What one move takes, in one transaction; the rest of a larger selection is for the next. */
const MOST_MOVED = 10_000;
const MOST_SHOWN = 200;

interface SelectedRow extends MovableRow {
  readonly kind: string;
  readonly state: QueuedState;
  readonly attempts: number;
  readonly subject: string;
  readonly lane_key: string;
  readonly target_name: string;
}

@Injectable()
export class Moves {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly queue: Queue,
    private readonly kinds: OperationKinds,
  ) {}

  /** @throws Problem 404, 409 */
  async one(actor: Actor, move: Move, id: string, reason: string | null): Promise<MoveResult> {
    const ref = parseOperationId(id);
    return this.database.transact(async (transaction) => {
      await transaction.query(LOCK_LANES, [[ref.laneId]]);
      const { rows, hasMore } = await select(transaction, { move, ids: [ref] });
      if (rows.length === 0) throw await refusal(transaction, move, ref, id);
      await this.#carryOut(transaction, actor, move, rows, reason);
      return { move, moved: rows.length, hasMore };
    });
  }

  /** Exactly what `many` would move now. */
  async preview(selection: MoveSelection): Promise<MovePreview> {
    const { rows, hasMore } = await select(this.database, chosenBy(selection));
    return {
      move: selection.move,
      count: rows.length,
      hasMore,
      items: rows.slice(0, MOST_SHOWN).map((row) => ({
        id: toOperationId({ laneId: row.lane_id, seq: row.seq }),
        kind: row.kind,
        state: row.state,
        attempts: row.attempts,
        subject: row.subject,
        target: row.target_name,
        lane: row.lane_key,
      })),
      selection: tokenOf(selection.move, rows),
    };
  }

  /** Moves exactly what was previewed, all of it or nothing. @throws Problem 409 when it would be something else now */
  async many(actor: Actor, { selection: token, reason, ...selection }: MoveRequest): Promise<MoveResult> {
    const { move } = selection;
    const isPreviewed = (rows: readonly SelectedRow[]): boolean => tokenOf(move, rows) === token;
    return this.database.transact(async (transaction) => {
      const seen = await select(transaction, chosenBy(selection));
      if (!isPreviewed(seen.rows)) throw selectionChanged(token, seen.rows.length);
      await transaction.query(LOCK_LANES, [[...new Set(seen.rows.map((row) => row.lane_id))]]);
      // Whoever had a lane meanwhile has moved on: what is true now counts.
      const { rows, hasMore } = await select(transaction, chosenBy(selection));
      if (!isPreviewed(rows)) throw selectionChanged(token, rows.length);
      await this.#carryOut(transaction, actor, move, rows, reason);
      return { move, moved: rows.length, hasMore };
    });
  }

  async #carryOut(
    transaction: Transaction,
    actor: Actor,
    move: Move,
    rows: readonly SelectedRow[],
    reason: string | null,
  ): Promise<void> {
    if (rows.length === 0) return;
    const deps = { audit: this.audit, kinds: this.kinds };
    const due = await carryOut(transaction, rows, { move, actor, reason }, deps);
    this.queue.wake(transaction, due);
  }
}

interface Choice {
  readonly move: Move;
  readonly ids?: readonly OperationRef[] | undefined;
  readonly target?: string | undefined;
  readonly state?: QueuedState | undefined;
  readonly kind?: string | undefined;
  readonly lane?: string | undefined;
}

function chosenBy({ ids, ...selection }: MoveSelection): Choice {
  return { ...selection, ids: ids?.flatMap((id) => fromOperationId(id) ?? []) };
}

async function select(
  database: Pick<Transaction, 'query'>,
  { move, ids, target, state, kind, lane }: Choice,
): Promise<{ rows: SelectedRow[]; hasMore: boolean }> {
  const rows = await database.query<SelectedRow>(SELECT_MOVES, [
    move,
    ids?.map(({ laneId }) => laneId) ?? null,
    ids?.map(({ seq }) => seq) ?? null,
    target ?? null,
    state ?? null,
    kind ?? null,
    lane ?? null,
    MOST_MOVED + 1,
  ]);
  return { rows: rows.slice(0, MOST_MOVED), hasMore: rows.length > MOST_MOVED };
}

/** Stands for exactly these operations and what is to be done to them. */
function tokenOf(move: Move, rows: readonly SelectedRow[]): string {
  const hash = createHash('sha256').update(move);
  for (const row of rows) hash.update(` ${row.lane_id}-${row.seq}`);
  return `${rows.length}-${hash.digest('hex')}`;
}

function selectionChanged(token: string, count: number): Error {
  return queueProblems.selectionChanged(
    `${Number.parseInt(token, 10)} operations were previewed, and it would be other ones now, ${count} in all. Nothing was moved. Preview again.`,
  );
}

async function refusal(transaction: Transaction, move: Move, ref: OperationRef, id: string): Promise<Error> {
  const [operation] = await transaction.query<MovableOperation & { targetName: string }>(MOVABLE_OPERATION, [
    ref.laneId,
    ref.seq,
  ]);
  if (operation) {
    const why = refusalOf(move, operation);
    if (why !== null) return moveProblem(why, ref, operation);
    return new Error(`Nothing forbids to ${move} ${id}, and still it was not selected.`);
  }
  const finished = await transaction.query('select from queue_archive where lane_id = $1 and seq = $2', [
    ref.laneId,
    ref.seq,
  ]);
  return finished.length > 0
    ? queueProblems.operationFinished(`${id} is finished. GET /api/v1/operations/${id} says how it ended.`)
    : operationNotFound(id);
}
