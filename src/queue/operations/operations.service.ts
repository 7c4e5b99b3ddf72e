// The queue as people see it: what waits and why, one operation with its attempts, four figures.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../../platform/clock/index.js';
import { Database, loadStatement } from '../../platform/database/index.js';
import { decodeCursor, type Page, pageOf } from '../../platform/http/index.js';
import { fromOperationId, type OperationRef, toOperationId } from '../domain/operation-id.js';
import type { ArchivedState } from '../domain/operation-state.js';
import { explainWait } from '../domain/waiting.js';
import { GateKeepers } from '../gate-keepers.js';
import { queueProblems } from '../queue.problems.js';
import { gateOf, type Keepers, type OperationRow, toWaiting } from './operation-rows.js';
import type { OperationDetail, OperationListQuery, OperationResponse } from './operations.schema.js';

const here = new URL('..', import.meta.url).href;
const ARCHIVED_OPERATION = loadStatement('archived-operation', here);
const LIST_OPERATIONS = loadStatement('list-operations', here);

export interface ArchivedRow {
  readonly kind: string;
  readonly state: ArchivedState;
  readonly attempts: number;
  readonly created_at: Date;
  readonly finished_at: Date;
  readonly subject: string;
  readonly result: string;
  readonly actor: string;
  readonly request_id: string | null;
  /** The place of the operation that replaced it. */
  readonly superseded_by: number | null;
  /** Null in what an older version archived, when the lane is gone. */
  readonly lane_key: string | null;
  readonly target_name: string | null;
}

@Injectable()
export class Operations {
  constructor(
    private readonly database: Database,
    private readonly gateKeepers: GateKeepers,
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
    const keepers = await this.#keepersOf(rows);
    return pageOf(
      rows,
      query.limit,
      (row) => this.#toResponse(row, keepers),
      (row) => [row.lane_id, row.seq],
    );
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OperationDetail> {
    const ref = parseOperationId(id);
    const row = await this.waiting(ref);
    const history = await this.#history(ref);
    if (row) {
      const response = this.#toResponse(row, await this.#keepersOf([row]));
      return { ...response, finishedAt: null, result: null, history };
    }
    const archived = await this.archived(ref);
    if (!archived) throw operationNotFound(id);
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

  async waiting({ laneId, seq }: OperationRef): Promise<OperationRow | undefined> {
    const [row] = await this.database.query<OperationRow>(LIST_OPERATIONS, [
      0,
      0,
      1,
      null,
      null,
      laneId,
      seq,
    ]);
    return row;
  }

  async archived({ laneId, seq }: OperationRef): Promise<ArchivedRow | undefined> {
    const [row] = await this.database.query<ArchivedRow>(ARCHIVED_OPERATION, [laneId, seq]);
    return row;
  }

  #keepersOf(rows: readonly OperationRow[]): Promise<Keepers> {
    return this.gateKeepers.standings(rows.flatMap((row) => gateOf(row) ?? []));
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

  #toResponse(row: OperationRow, keepers: Keepers): OperationResponse {
    const { until, ...wait } = explainWait(toWaiting(row, keepers), this.clock.now());
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
      waiting: { ...wait, until: until?.toISOString() ?? null },
    };
  }
}

/** @throws Problem 404 */
export function parseOperationId(id: string): OperationRef {
  const ref = fromOperationId(id);
  if (!ref)
    throw queueProblems.operationNotFound(`${JSON.stringify(id)} is no operation id; they look like o41-7.`);
  return ref;
}

export function operationNotFound(id: string): Error {
  return queueProblems.operationNotFound(
    `No operation ${id} waits, and the archive holds none. GET /api/v1/operations lists what waits.`,
  );
}
