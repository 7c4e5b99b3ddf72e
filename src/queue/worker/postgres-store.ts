// The worker's storage in PostgreSQL: one method a statement of sql/.
import { type Database, loadStatement } from '../../platform/database/index.js';
import type { OperationRef } from '../domain/operation-id.js';
import { announceEndings, openWaitingLanes } from '../enqueue/endings.js';
import { beatExecutor, registerExecutor, retireExecutor } from '../executor-rows.js';
import type { UnsettledIntent } from '../operation-kind.js';
import type { Queue } from '../queue.service.js';
import { type Target, type TargetRow, toTarget } from '../target.js';
import { PostgresSettling } from './postgres-settling.js';
import { columns } from '../columns.js';
import type {
  ClaimedRow,
  ClaimRequest,
  IntentToStore,
  QueueStore,
  RescuedLane,
  Settling,
} from './queue-store.js';

const here = new URL('..', import.meta.url).href;
const load = (name: string): ReturnType<typeof loadStatement> => loadStatement(name, here);
const BURY_EXECUTORS = load('bury-executors');
const CLAIM_LANES = load('claim-lanes');
const CLOSE_BREAKER = load('close-breaker');
const CLOSE_RESCUED = load('close-rescued-executors');
const FIND_LIFTED = load('find-lifted');
const FIND_OPENABLE = load('find-openable');
const HOLD_LANES = load('hold-lanes');
const LIFT_LANES = load('lift-lanes');
const LIST_TARGETS = load('list-targets');
const LOCK_LANES = load('lock-lanes');
const OPEN_GATED_ASYNC = load('open-gated-async');
const RELEASE_LANES = load('release-lanes');
const RESCUE_LANES = load('rescue-lanes');
const STORE_INTENTS = load('store-intents');
const TAKE_PROBE = load('take-probe');
const TRIP_BREAKER = load('trip-breaker');
const UNSETTLED_INTENTS = load('unsettled-intents');

const SWEPT_AT_ONCE = 1_000;

export interface PostgresStoreDependencies {
  readonly database: Database;
  /** One connection of its own: a beat never waits behind work. */
  readonly beatDatabase: Database;
  readonly queue: Queue;
  /** Makes what the tables need, such as a partition for today. */
  readonly repairTables: () => Promise<void>;
}

export class PostgresQueueStore implements QueueStore {
  readonly #database: Database;
  readonly #beatDatabase: Database;

  constructor(private readonly deps: PostgresStoreDependencies) {
    this.#database = deps.database;
    this.#beatDatabase = deps.beatDatabase;
  }

  async prepare(): Promise<void> {
    await this.#beatDatabase.connect();
    await this.#database.connect();
    await this.deps.repairTables();
  }

  register(roles: readonly string[]): Promise<number> {
    return registerExecutor(this.#beatDatabase, roles);
  }

  beat(executorId: number): Promise<boolean> {
    return beatExecutor(this.#beatDatabase, executorId);
  }

  retire(executorId: number): Promise<void> {
    return retireExecutor(this.#beatDatabase, executorId);
  }

  async targets(executorId: number): Promise<Target[]> {
    return (await this.#database.query<TargetRow>(LIST_TARGETS, [executorId])).map(toTarget);
  }

  async takeProbes(...request: Parameters<QueueStore['takeProbes']>): Promise<number[]> {
    const rows = await this.#database.query<{ id: number }>(TAKE_PROBE, request);
    return rows.map(({ id }) => id);
  }

  async tripBreaker(targetId: number, reason: string, forMs: number, executorId: number): Promise<void> {
    await this.#database.query(TRIP_BREAKER, [targetId, reason, forMs, executorId]);
  }

  async closeBreaker(targetId: number, executorId: number): Promise<void> {
    await this.#database.query(CLOSE_BREAKER, [targetId, executorId]);
  }

  claim({ executorId, places, free, turn, priorities }: ClaimRequest): Promise<ClaimedRow[]> {
    const open = [...places].filter(([, count]) => count > 0);
    return this.#database.query<ClaimedRow>(CLAIM_LANES, [
      executorId,
      open.map(([id]) => id),
      open.map(([, count]) => count),
      turn,
      free,
      priorities,
    ]);
  }

  async storeIntents(
    executorId: number,
    intents: readonly IntentToStore[],
  ): Promise<('stored' | 'refused' | 'readonly')[]> {
    const rows = await this.#database.query<{ lane_id: number; seq: number; is_held: boolean }>(
      STORE_INTENTS,
      [
        executorId,
        ...columns(
          intents,
          ({ laneId, token, seq, attempt, intent }) => [
            laneId,
            token,
            seq,
            attempt,
            intent.action,
            intent.identifier.toWellFormed().replaceAll('\u0000', '\uFFFD'),
            JSON.stringify(intent.digests),
          ],
          7,
        ),
      ],
    );
    const stored = new Map(rows.map((row) => [`${row.lane_id}-${row.seq}`, row.is_held]));
    return intents.map(({ laneId, seq }) => {
      const isHeld = stored.get(`${laneId}-${seq}`);
      if (isHeld === undefined) return 'refused';
      return isHeld ? 'readonly' : 'stored';
    });
  }

  unsettledIntents({ laneId, seq }: OperationRef): Promise<UnsettledIntent[]> {
    return this.#database.query<UnsettledIntent>(UNSETTLED_INTENTS, [laneId, seq]);
  }

  async release(executorId: number, laneId: number, token: number): Promise<void> {
    await this.#database.transact(async (transaction) => {
      await transaction.query(LOCK_LANES, [[laneId]]);
      await transaction.query(RELEASE_LANES, [executorId, [laneId], [token]]);
    });
  }

  settle<Result>(work: (settling: Settling) => Promise<Result>): Promise<Result> {
    return this.#database.transact((transaction) => work(new PostgresSettling(transaction, this.deps.queue)));
  }

  async bury(leaseMs: number): Promise<void> {
    await this.#database.query(BURY_EXECUTORS, [leaseMs]);
  }

  rescueLanes(most: number, crashesThatExhaust: number): Promise<RescuedLane[]> {
    return this.#database.transact(async (transaction) => {
      const rows = await transaction.query<RescuedLane & { is_grouped: boolean | null }>(RESCUE_LANES, [
        most,
        crashesThatExhaust,
      ]);
      // A parked operation opens nobody: there is no target to wake.
      await announceEndings(
        transaction,
        rows.flatMap(({ id, state, seq, is_grouped }) =>
          seq !== null && is_grouped && state === 'parked'
            ? [{ laneId: id, seq, became: 'failed' as const, isOver: false }]
            : [],
        ),
      );
      return rows;
    });
  }

  async closeRescued(): Promise<void> {
    await this.#database.query(CLOSE_RESCUED);
  }

  async sweep(): Promise<number> {
    const opened = await this.#database.query<{ target_id: number }>(OPEN_GATED_ASYNC);
    const openable = await this.#database.query<{ id: number }>(FIND_OPENABLE, [SWEPT_AT_ONCE]);
    await this.#database.transact(async (transaction) => {
      const due = await openWaitingLanes(
        transaction,
        openable.map(({ id }) => id),
      );
      this.deps.queue.wake(transaction, [...opened.map((row) => row.target_id), ...due]);
    });
    for (const { id, holds } of await this.#database.query<{ id: number; holds: string[] }>(FIND_LIFTED))
      await this.#database.query(LIFT_LANES, [id, holds, SWEPT_AT_ONCE]);
    await this.#database.query(HOLD_LANES, [SWEPT_AT_ONCE]);
    return opened.length + openable.length;
  }
}
