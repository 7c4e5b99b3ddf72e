// The queue as people see it, and what a person may do with one operation.
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { type Actor, decodeCursor, type Page, pageOf } from '../platform/http/index.js';
import { z } from 'zod';
import { fromOperationId, type OperationRef, toOperationId } from './domain/operation-id.js';
import type { ArchivedState, LaneState, QueuedState } from './domain/operation-state.js';
import { explainWait } from './domain/waiting.js';
import type { OperationDetail, OperationListQuery, OperationResponse } from './operations.schema.js';
import { queueProblems } from './queue.problems.js';
import { WakeUp } from './wake-up.js';

const LIST_OPERATIONS = loadStatement('list-operations', import.meta.url);
const LOCK_LANES = loadStatement('lock-lanes', import.meta.url);
const CANCEL_OPERATION = loadStatement('cancel-operation', import.meta.url);
const REOPEN_LANE = loadStatement('reopen-lane', import.meta.url);
const RETRY_OPERATION = loadStatement('retry-operation', import.meta.url);

interface OperationRow {
  readonly lane_id: number;
  readonly seq: number;
  readonly kind: string;
  readonly state: QueuedState;
  readonly attempts: number;
  readonly created_at: Date;
  readonly subject: string;
  readonly actor: string;
  readonly request_id: string | null;
  readonly lane_key: string;
  readonly lane_state: LaneState;
  readonly run_at: Date;
  readonly target_name: string;
  readonly head_seq: number;
  readonly last_message: string | null;
}

interface ArchiveRow {
  readonly kind: string;
  readonly state: ArchivedState;
  readonly attempts: number;
  readonly created_at: Date;
  readonly finished_at: Date;
  readonly subject: string;
  readonly result: string;
  readonly actor: string;
  readonly request_id: string | null;
  readonly lane_key: string | null;
  readonly target_name: string | null;
}

interface LockedLane {
  readonly state: LaneState;
  readonly handed_seq: number;
  readonly head_seq: number | null;
}

@Injectable()
export class Operations {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly wakeUp: WakeUp,
    private readonly clock: Clock,
  ) {}

  async list(query: OperationListQuery): Promise<Page<OperationResponse>> {
    const after = query.after === undefined ? [0, 0] : decodeCursor(query.after, z.tuple([z.int(), z.int()]));
    const rows = await this.database.query<OperationRow>(LIST_OPERATIONS, [
      ...after,
      query.limit + 1,
      query.state ?? null,
      query.target ?? null,
      null,
      null,
    ]);
    return pageOf(
      rows,
      query.limit,
      (row) => this.#toResponse(row),
      (row) => [row.lane_id, row.seq],
    );
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OperationDetail> {
    const ref = parse(id);
    const [row] = await this.database.query<OperationRow>(LIST_OPERATIONS, [
      0,
      0,
      1,
      null,
      null,
      ref.laneId,
      ref.seq,
    ]);
    const history = await this.#history(ref);
    if (row) return { ...this.#toResponse(row), finishedAt: null, result: null, history };
    const [archived] = await this.database.query<ArchiveRow>(
      `select a.kind, a.state, a.attempts, a.created_at, a.finished_at, a.subject, a.result, a.actor, a.request_id,
              l.key as lane_key, t.name as target_name
       from queue_archive a
       left join queue_lanes l on l.id = a.lane_id
       left join queue_targets t on t.id = l.target_id
       where a.lane_id = $1 and a.seq = $2`,
      [ref.laneId, ref.seq],
    );
    if (!archived)
      throw queueProblems.operationNotFound(
        `No operation ${id} waits, and the archive holds none. GET /api/v1/operations lists what waits.`,
      );
    return {
      id,
      kind: archived.kind,
      state: archived.state,
      subject: archived.subject,
      target: archived.target_name ?? '',
      lane: archived.lane_key ?? '',
      attempts: archived.attempts,
      createdAt: archived.created_at.toISOString(),
      actor: archived.actor,
      requestId: archived.request_id,
      waiting: null,
      finishedAt: archived.finished_at.toISOString(),
      result: archived.result,
      history,
    };
  }

  async summary(): Promise<{ waiting: number; failed: number; parked: number; executed: number }> {
    const [row] = await this.database.query<{
      waiting: number;
      failed: number;
      parked: number;
      executed: number;
    }>(
      `select (select count(*) from queue_operations) as waiting,
              (select count(*) from queue_operations where state in ('FAILED', 'UNKNOWN')) as failed,
              (select count(*) from queue_lanes where state = 'parked') as parked,
              (select count(*) from queue_archive where state = 'EXECUTED') as executed`,
    );
    return row ?? { waiting: 0, failed: 0, parked: 0, executed: 0 };
  }

  /** Makes a waiting operation due at once. @throws Problem 404, 409 */
  async retry(actor: Actor, id: string): Promise<void> {
    const ref = parse(id);
    await this.database.transact(async (transaction) => {
      const lane = await this.#lockLane(transaction, ref, id);
      if (lane.state === 'leased')
        throw queueProblems.operationRunning(`${id} is being executed right now. Look again in a moment.`);
      if (lane.head_seq !== ref.seq) {
        const head = toOperationId({ laneId: ref.laneId, seq: lane.head_seq ?? ref.seq });
        throw queueProblems.operationWaitsBehind(
          `${id} waits behind ${head}. Retry or cancel that one: changes of one account arrive in order.`,
        );
      }
      const rows = await transaction.query<{ target_id: number }>(RETRY_OPERATION, [ref.laneId, ref.seq]);
      await this.audit.record(transaction, {
        actor,
        action: 'operation.retried',
        objectType: 'operation',
        objectId: id,
        operation: id,
      });
      transaction.afterCommit(() => this.wakeUp.announce(new Set(rows.map((row) => row.target_id))));
    });
  }

  /** Ends a waiting operation without executing it. @throws Problem 404, 409 */
  async cancel(actor: Actor, id: string, reason: string): Promise<void> {
    const ref = parse(id);
    await this.database.transact(async (transaction) => {
      const lane = await this.#lockLane(transaction, ref, id);
      if (lane.state === 'leased' && ref.seq <= lane.handed_seq) {
        throw queueProblems.operationRunning(
          `${id} is in a worker's hands and cannot be canceled. Look again in a moment.`,
        );
      }
      await transaction.query(CANCEL_OPERATION, [
        ref.laneId,
        ref.seq,
        `Canceled by ${actor.name}: ${reason}`,
      ]);
      const rows =
        lane.head_seq === ref.seq
          ? await transaction.query<{ target_id: number }>(REOPEN_LANE, [ref.laneId])
          : [];
      await this.audit.record(transaction, {
        actor,
        action: 'operation.canceled',
        objectType: 'operation',
        objectId: id,
        operation: id,
        after: { reason },
      });
      transaction.afterCommit(() => this.wakeUp.announce(new Set(rows.map((row) => row.target_id))));
    });
  }

  async #lockLane(transaction: Transaction, ref: OperationRef, id: string): Promise<LockedLane> {
    await transaction.query(LOCK_LANES, [[ref.laneId]]);
    const [lane] = await transaction.query<LockedLane & { exists: boolean }>(
      `select l.state, l.handed_seq,
              (select min(o.seq) from queue_operations o where o.lane_id = l.id) as head_seq,
              exists (select from queue_operations o where o.lane_id = l.id and o.seq = $2) as exists
       from queue_lanes l where l.id = $1`,
      [ref.laneId, ref.seq],
    );
    if (lane?.exists) return lane;
    const finished = await transaction.query('select from queue_archive where lane_id = $1 and seq = $2', [
      ref.laneId,
      ref.seq,
    ]);
    if (finished.length > 0)
      throw queueProblems.operationFinished(
        `${id} is finished. GET /api/v1/operations/${id} says how it ended.`,
      );
    throw queueProblems.operationNotFound(
      `There is no operation ${id}. GET /api/v1/operations lists what waits.`,
    );
  }

  async #history({ laneId, seq }: OperationRef): Promise<OperationDetail['history']> {
    const rows = await this.database.query<{
      attempt: number;
      outcome: string;
      code: string | null;
      message: string;
      started_at: Date;
      ended_at: Date;
    }>(
      `select attempt, outcome, code, message, started_at, ended_at from queue_attempts
       where lane_id = $1 and seq = $2 order by ended_at desc limit 50`,
      [laneId, seq],
    );
    return rows.map(({ attempt, outcome, code, message, started_at, ended_at }) => ({
      attempt,
      outcome,
      code,
      message,
      startedAt: started_at.toISOString(),
      endedAt: ended_at.toISOString(),
    }));
  }

  #toResponse(row: OperationRow): OperationResponse {
    const wait = explainWait(
      {
        laneId: row.lane_id,
        seq: row.seq,
        headSeq: row.head_seq,
        state: row.state,
        laneState: row.lane_state,
        runAt: row.run_at,
        lastMessage: row.last_message,
      },
      this.clock.now(),
    );
    return {
      id: toOperationId({ laneId: row.lane_id, seq: row.seq }),
      kind: row.kind,
      state: row.state,
      subject: row.subject,
      target: row.target_name,
      lane: row.lane_key,
      attempts: row.attempts,
      createdAt: row.created_at.toISOString(),
      actor: row.actor,
      requestId: row.request_id,
      waiting: { ...wait, until: wait.until?.toISOString() ?? null },
    };
  }
}

function parse(id: string): OperationRef {
  const ref = fromOperationId(id);
  if (!ref)
    throw queueProblems.operationNotFound(`${JSON.stringify(id)} is no operation id; they look like o41-7.`);
  return ref;
}
