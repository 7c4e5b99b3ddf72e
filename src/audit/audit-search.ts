// The audit records as people look for them. Only the filters that are given stand in the statement, so that it uses
// their index.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database/index.js';
import { decodeCursor, type Page, pageOf } from '../platform/http/index.js';
import { auditProblem } from './audit.problems.js';
import type { AuditListQuery, AuditRecord } from './audit.schema.js';
import { BYTES_IN_A_PAGE } from './chain-pages.js';

const COLUMNS = `r.id, (to_jsonb(r.recorded_at at time zone 'UTC') #>> '{}') || 'Z' as "recordedAt", r.actor,
  r.request_id as "requestId", r.operation, r.action, r.object_type as "objectType", r.object_id as "objectId",
  r.before, r.after, s.position`;
const WITH_SEALS = 'left join audit_seals s on s.record_id = r.id';
const FROM = `from audit_records r ${WITH_SEALS}`;
const LINES_AT_A_TIME = 500;

const cursor = z.tuple([z.iso.datetime(), z.int()]);

@Injectable()
export class AuditSearch {
  constructor(private readonly database: Database) {}

  /** Newest first. @throws Problem 400 when the cursor is damaged */
  async list(query: AuditListQuery): Promise<Page<AuditRecord>> {
    const where = new Conditions();
    where.add('r.actor =', query.actor);
    where.add('r.action =', query.action);
    where.add('r.object_type =', query.objectType);
    where.add('r.object_id =', query.objectId);
    where.add('r.request_id =', query.requestId);
    where.add('r.operation =', query.operation);
    where.add('r.recorded_at >=', query.from);
    where.add('r.recorded_at <', query.to);
    if (query.after !== undefined) where.addRow('<', decodeCursor(query.after, cursor));
    const rows = await this.database.query<AuditRecord>(
      `select ${COLUMNS} ${FROM} ${where.text} order by r.recorded_at desc, r.id desc limit ${query.limit + 1}`,
      where.values,
    );
    return pageOf(
      rows,
      query.limit,
      (row) => row,
      ({ recordedAt, id }) => [recordedAt, id],
    );
  }

  /** @throws Problem 404 */
  async get(id: number): Promise<AuditRecord> {
    const [row] = await this.database.query<AuditRecord>(`select ${COLUMNS} ${FROM} where r.id = $1`, [id]);
    if (row) return row;
    throw auditProblem.recordNotFound(
      `There is no audit record ${id}, or its retention has ended. GET /api/v1/audit lists what there is.`,
    );
  }

  /** Oldest first, some lines at a time, fewer when they are long: each a record as JSON, with its numbers as they were written. */
  async *lines({ from, to }: { from?: string | undefined; to: string }): AsyncGenerator<string> {
    let after: readonly (string | number)[] | undefined;
    for (;;) {
      const where = new Conditions();
      where.add('r.recorded_at >=', from);
      where.add('r.recorded_at <', to);
      if (after) where.addRow('>', after);
      const rows = await this.database.query<{ id: number; at: string; line: string }>(
        `select n.id, n."recordedAt" as at, row_to_json(n)::text as line
         from (
           select ${COLUMNS} from (
             select r.*, sum(r.bytes) over (order by r.recorded_at, r.id) - r.bytes as bytes_before
             from (
               select r.*, coalesce(pg_column_size(r.before), 0) + coalesce(pg_column_size(r.after), 0) as bytes
               from audit_records r ${where.text} order by r.recorded_at, r.id limit ${LINES_AT_A_TIME}
             ) r
           ) r ${WITH_SEALS}
           where r.bytes_before < ${BYTES_IN_A_PAGE} order by r.recorded_at, r.id
         ) n`,
        where.values,
      );
      const last = rows.at(-1);
      if (!last) return;
      yield `${rows.map(({ line }) => line).join('\n')}\n`;
      after = [last.at, last.id];
    }
  }
}

/** A where clause and its values. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];

  get text(): string {
    return this.#parts.length === 0 ? '' : `where ${this.#parts.join(' and ')}`;
  }

  /** @param comparison a column and an operator, never something a caller sent */
  add(comparison: string, value: string | undefined): void {
    if (value === undefined) return;
    this.values.push(value);
    this.#parts.push(`${comparison} $${this.values.length}`);
  }

  /** Before or after a place in the order of the list. */
  addRow(operator: '<' | '>', [at, id]: readonly unknown[]): void {
    this.values.push(at, id);
    const [first, second] = [this.values.length - 1, this.values.length];
    this.#parts.push(`(r.recorded_at, r.id) ${operator} ($${first}::timestamptz, $${second}::bigint)`);
  }
}
