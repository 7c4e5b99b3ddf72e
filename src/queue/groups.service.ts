// Groups as people see them: what follows from one change, and how far it is.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database, loadStatement } from '../platform/database/index.js';
import { decodeCursor, pageOf } from '../platform/http/index.js';
import { toOperationId } from './domain/operation-id.js';
import type { ArchivedState, QueuedState } from './domain/operation-state.js';
import type { GroupDocument, GroupQuery } from './groups.schema.js';
import { queueProblems } from './queue.problems.js';

const GROUP_MEMBERS = loadStatement('group-members', import.meta.url);

export interface GroupCounts {
  readonly id: number;
  readonly open: number;
  readonly failed: number;
  readonly total: number;
}

interface GroupRow extends GroupCounts {
  readonly subject: string;
  readonly actor: string;
  readonly created_at: Date;
  readonly closed_at: Date | null;
}

interface MemberRow {
  readonly lane_id: number;
  readonly seq: number;
  readonly counts_as: 'open' | 'failed' | 'done';
  readonly kind: string | null;
  readonly state: QueuedState | ArchivedState | null;
  readonly subject: string | null;
  readonly lane_key: string | null;
  readonly result: string | null;
  readonly finished_at: Date | null;
}

@Injectable()
export class Groups {
  constructor(private readonly database: Database) {}

  /** @throws Problem 404 */
  async get(id: string, { limit, after }: GroupQuery): Promise<GroupDocument> {
    const [group] = await this.database.query<GroupRow>('select * from queue_groups where id = $1', [id]);
    if (!group)
      throw queueProblems.groupNotFound(
        `There is no group ${id}. Groups are forgotten some time after their operations have ended.`,
      );
    const place = after === undefined ? [0, 0] : decodeCursor(after, z.tuple([z.int(), z.int()]));
    const rows = await this.database.query<MemberRow>(GROUP_MEMBERS, [id, ...place, limit + 1]);
    const { subject, actor, open, failed, total } = group;
    return {
      id,
      subject,
      actor,
      since: group.created_at.toISOString(),
      closed: group.closed_at?.toISOString() ?? null,
      open,
      failed,
      total,
      ...pageOf(rows, limit, toMember, (row) => [row.lane_id, row.seq]),
    };
  }

  /** Of these groups, as far as they are there. */
  counts(ids: readonly number[]): Promise<GroupCounts[]> {
    return this.database.query<GroupCounts>(
      'select id, open, failed, total from queue_groups where id = any ($1)',
      [ids],
    );
  }
}

function toMember(row: MemberRow): GroupDocument['items'][number] {
  return {
    id: toOperationId({ laneId: row.lane_id, seq: row.seq }),
    kind: row.kind,
    state: row.state,
    subject: row.subject,
    lane: row.lane_key,
    countsAs: row.counts_as,
    result: row.result,
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}
