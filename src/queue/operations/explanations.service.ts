// Loads the facts about one operation; domain/explain.ts says what they mean.
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { Database, loadStatement } from '../../platform/database/index.js';
import { explain, explainEnd } from '../domain/explain.js';
import type { AwaitedStanding, ExplainedTarget, ExplainFacts, Finding } from '../domain/explain-facts.js';
import { type Action, actionsOf, lookAt } from '../domain/explain-actions.js';
import { type OperationRef, toOperationId } from '../domain/operation-id.js';
import { explainWait, type Wait } from '../domain/waiting.js';
import { GateKeepers } from '../gate-keepers.js';
import { queueSettings, type QueueSettings, queueTimes } from '../queue.config.js';
import type { Explanation } from './explanation.schema.js';
import { gateOf, type Keepers, toWaiting, type WaitingRow } from './operation-rows.js';
import { type ArchivedRow, operationNotFound, Operations, parseOperationId } from './operations.service.js';

const here = new URL('..', import.meta.url).href;
const EXPLAIN_OPERATION = loadStatement('explain-operation', here);
const OPEN_MEMBER = loadStatement('open-member', here);
const MOST_COUNTED = 1_000;

interface ExplainRow extends WaitingRow {
  readonly kind: string;
  readonly subject: string;
  readonly created_at: Date;
  readonly lane_key: string;
  readonly hold_message: string | null;
  readonly handed_seq: number;
  readonly last_seq: number;
  readonly before: number;
  readonly last_attempt_at: Date | null;
  readonly target_id: number;
  readonly held_at: Date | null;
  readonly held_by: string | null;
  readonly concurrency: number;
  readonly rate_per_second: number | null;
  readonly rate_allows_at: Date | null;
  readonly probe_node: string | null;
  readonly probe_executor_id: number | null;
  readonly executor_id: number | null;
  readonly node: string | null;
  readonly pid: number | null;
  readonly beat_at: Date | null;
  readonly is_dead: boolean | null;
  readonly sent_at: Date | null;
  readonly running: number;
  readonly due_before: number;
  readonly workers: number;
  readonly now: Date;
}

@Injectable()
export class Explanations {
  constructor(
    private readonly database: Database,
    private readonly operations: Operations,
    private readonly gateKeepers: GateKeepers,
    private readonly clock: Clock,
    @Inject(queueSettings.token) private readonly settings: QueueSettings,
  ) {}

  /** @throws Problem 404 */
  async of(id: string): Promise<Explanation> {
    const ref = parseOperationId(id);
    const { lease } = queueTimes(this.settings.timeFactor);
    const [row] = await this.database.query<ExplainRow>(EXPLAIN_OPERATION, [
      ref.laneId,
      ref.seq,
      lease,
      MOST_COUNTED,
    ]);
    if (row) return this.#ofWaiting(id, row);
    const archived = await this.operations.archived(ref);
    if (!archived) throw operationNotFound(id);
    return this.#ofEnded(id, ref, archived);
  }

  async #ofWaiting(id: string, row: ExplainRow): Promise<Explanation> {
    const gate = gateOf(row);
    const keepers = await this.gateKeepers.standings(gate === null ? [] : [gate]);
    const facts = toFacts(row, keepers, {
      head: row.seq > row.head_seq ? await this.#waitOf({ laneId: row.lane_id, seq: row.head_seq }) : null,
      awaited: await this.#awaited(row),
    });
    const movable = { handedSeq: row.handed_seq, lastSeq: row.last_seq };
    return toExplanation(id, row, explain(facts, row.now), actionsOf(facts, movable));
  }

  async #ofEnded(id: string, { laneId }: OperationRef, row: ArchivedRow): Promise<Explanation> {
    const superseder = row.superseded_by === null ? null : { laneId, seq: row.superseded_by };
    const finding = explainEnd({
      state: row.state,
      finishedAt: row.finished_at,
      result: row.result,
      supersededBy: superseder && {
        id: toOperationId(superseder),
        standing: await this.#standingOf(superseder),
      },
    });
    return toExplanation(
      id,
      { ...row, lane_key: row.lane_key ?? '', target_name: row.target_name ?? '' },
      [finding],
      superseder === null ? [] : [lookAt(toOperationId(superseder))],
    );
  }

  /** How a replacing operation stands, in short. */
  async #standingOf(ref: OperationRef): Promise<string> {
    const wait = await this.#waitOf(ref);
    if (wait) return wait.text;
    const ended = await this.operations.archived(ref);
    return ended ? `it ended as ${ended.state}.` : 'it has ended.';
  }

  /** The short reason of a waiting operation; null when it does not wait any more. */
  async #waitOf(ref: OperationRef): Promise<Wait | null> {
    const row = await this.operations.waiting(ref);
    if (!row) return null;
    const gate = gateOf(row);
    const keepers = await this.gateKeepers.standings(gate === null ? [] : [gate]);
    return explainWait(toWaiting(row, keepers), this.clock.now());
  }

  async #awaited(row: ExplainRow): Promise<AwaitedStanding | null> {
    if (row.waits_lane_id !== null && row.waits_seq !== null) {
      const ref = { laneId: row.waits_lane_id, seq: row.waits_seq };
      const waiting = await this.operations.waiting(ref);
      const subject = waiting?.subject ?? 'it has ended';
      return { id: toOperationId(ref), subject, open: null, wait: waiting ? await this.#waitOf(ref) : null };
    }
    if (row.waits_group_id === null) return null;
    const [group] = await this.database.query<{
      subject: string;
      open: number;
      lane_id: number | null;
      seq: number | null;
    }>(OPEN_MEMBER, [row.waits_group_id]);
    if (!group) return null;
    const { subject, open, lane_id: laneId, seq } = group;
    if (laneId === null || seq === null) return { id: null, subject, open, wait: null };
    const ref = { laneId, seq };
    return { id: toOperationId(ref), subject, open, wait: await this.#waitOf(ref) };
  }
}

function toFacts(
  row: ExplainRow,
  keepers: Keepers,
  others: Pick<ExplainFacts, 'head' | 'awaited'>,
): ExplainFacts {
  const waiting = toWaiting(row, keepers);
  const target: ExplainedTarget = {
    ...waiting.target,
    id: row.target_id,
    heldAt: row.held_at,
    heldBy: row.held_by,
    prober: row.probe_node === null ? null : `executor ${row.probe_executor_id} on ${row.probe_node}`,
    concurrency: row.concurrency,
    running: row.running,
    ratePerSecond: row.rate_per_second,
    rateAllowsAt: row.rate_allows_at,
    dueBefore: row.due_before,
  };
  return {
    operation: {
      ...waiting,
      createdAt: row.created_at,
      lastAttemptAt: row.last_attempt_at,
      heldMessage: row.hold_message,
      before: row.before,
    },
    target,
    executor: executorOf(row),
    sentAt: row.sent_at,
    workers: row.workers,
    ...others,
  };
}

function executorOf(row: ExplainRow): ExplainFacts['executor'] {
  const { executor_id: id, node, pid, beat_at: beatAt, is_dead: isDead } = row;
  if (id === null || node === null || pid === null || beatAt === null) return null;
  return { id, node, pid, beatAt, isDead: isDead ?? false };
}

function toExplanation(
  id: string,
  row: Pick<Explanation, 'kind' | 'state' | 'subject'> & {
    readonly lane_key: string;
    readonly target_name: string;
  },
  findings: readonly Finding[],
  actions: readonly Action[],
): Explanation {
  return {
    id,
    kind: row.kind,
    state: row.state,
    subject: row.subject,
    target: row.target_name,
    lane: row.lane_key,
    findings: findings.map(({ since, until, ...finding }) => ({
      ...finding,
      since: since?.toISOString() ?? null,
      until: until?.toISOString() ?? null,
    })),
    actions: [...actions],
  };
}
