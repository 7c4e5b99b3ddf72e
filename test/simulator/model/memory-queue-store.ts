// The queue's storage in memory: what the statements of src/queue/sql do, one at a time and without a database.
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import type { UnsettledIntent } from '../../../src/queue/operation-kind.js';
import type {
  ClaimedRow,
  ClaimRequest,
  IntentToStore,
  QueueStore,
  RescuedLane,
  Settling,
} from '../../../src/queue/worker/queue-store.js';
import { announceEndings, gateFor, isWaiting, openWaiting } from './gates.js';
import { MemoryTargets } from './memory-targets.js';
import { MemorySettling, type SettlingDependencies, toHead } from './memory-settling.js';
import { type Lane, type Operation, SUSPECT, type TargetState } from './tables.js';

export interface MemoryStoreDependencies extends SettlingDependencies {
  /** Whether this claim's snapshot is older than the newest operations of the lane. */
  readonly isLookStale: (laneId: number) => boolean;
  /** Told of every head that is taken back from a dead executor. */
  readonly onRescued?: (executorId: number, ref: OperationRef, isParked: boolean) => void;
}

type Stored = Awaited<ReturnType<QueueStore['storeIntents']>>[number];

export class MemoryQueueStore extends MemoryTargets implements QueueStore {
  constructor(protected readonly deps: MemoryStoreDependencies) {
    super(deps.tables);
  }

  async prepare(): Promise<void> {}

  async register(roles: readonly string[]): Promise<number> {
    const id = this.tables.nextId();
    const beatAt = this.tables.clock();
    this.tables.put(this.tables.executors, id, { id, roles, beatAt, isDead: false, isRetired: false });
    return id;
  }

  async beat(executorId: number): Promise<boolean> {
    const executor = this.tables.executors.get(executorId);
    if (!executor || executor.isDead) return false;
    executor.beatAt = this.tables.clock();
    return true;
  }

  async retire(executorId: number): Promise<void> {
    const executor = this.tables.executors.get(executorId);
    if (executor) Object.assign(executor, { isDead: true, isRetired: true });
  }

  async claim(request: ClaimRequest): Promise<readonly ClaimedRow[]> {
    const { executorId, places, free, turn, priorities } = request;
    if (!this.tables.isAlive(executorId)) return [];
    const wanted = [...places].flatMap(([id, count]) => this.#wanted(id, count, turn));
    const rank = ({ priority }: Lane): number => priorities.indexOf(priority);
    const order = (left: Lane, right: Lane): number =>
      rank(left) - rank(right) || left.runAt - right.runAt || left.id - right.id;
    return wanted
      .flatMap((one) =>
        this.due(one.targetId)
          .filter(({ priority }) => priorities.includes(priority))
          .toSorted(order)
          .slice(0, Math.max(0, one.places))
          .map((lane, index) => ({ lane, turn: one.turn, lead: index - (places.get(one.targetId) ?? 0) })),
      )
      .toSorted(
        (left, right) =>
          rank(left.lane) - rank(right.lane) || left.lead - right.lead || order(left.lane, right.lane),
      )
      .slice(0, free)
      .flatMap(({ lane, turn: most }) => this.#lease(executorId, lane, most));
  }

  async storeIntents(executorId: number, intents: readonly IntentToStore[]): Promise<readonly Stored[]> {
    const { tables } = this;
    return intents.map(({ laneId, token, seq, attempt, intent }): Stored => {
      const lane = tables.lanes.get(laneId);
      if (!tables.isAlive(executorId) || lane?.owner !== executorId || lane.token !== token) return 'refused';
      if (tables.target(lane.targetId).hold === 'readonly') return 'readonly';
      const storedAt = tables.clock();
      tables.append(tables.intents, { laneId, seq, attempt, ...intent, storedAt });
      const operation = tables.find(laneId, seq);
      if (!operation) return 'refused';
      tables.patch(operation, { state: 'RUNNING' });
      return 'stored';
    });
  }

  async unsettledIntents({ laneId, seq }: OperationRef): Promise<readonly UnsettledIntent[]> {
    const { tables } = this;
    const proven = Math.max(
      0,
      ...[...tables.archive.values()].flatMap(({ operation, state, executorId }) =>
        operation.laneId === laneId && operation.seq < seq && state === 'EXECUTED' && executorId !== null
          ? [operation.seq]
          : [],
      ),
    );
    return tables.intents
      .filter((one) => one.laneId === laneId && one.seq <= seq && one.seq > proven)
      .filter((one) => {
        const ended = tables.attempts
          .filter(
            (attempt) =>
              attempt.laneId === laneId &&
              attempt.seq === one.seq &&
              attempt.attempt === one.attempt &&
              attempt.endedAt >= one.storedAt,
          )
          .toSorted((left, right) => left.endedAt - right.endedAt)[0];
        return ['unknown', 'crashed'].includes(ended?.outcome ?? 'crashed');
      })
      .toReversed()
      .toSorted((left, right) => right.storedAt - left.storedAt)
      .slice(0, 50)
      .map(({ action, identifier, digests, seq: place }) => ({
        action,
        identifier,
        digests,
        isOwn: place === seq,
      }));
  }

  async release(executorId: number, laneId: number, token: number): Promise<void> {
    const lane = this.tables.lanes.get(laneId);
    if (!this.tables.isAlive(executorId) || lane?.owner !== executorId || lane.token !== token) return;
    // Both are told from what stood there before: what was sent is not CREATED, so its gate is the same.
    const state = gateFor(this.tables, lane);
    for (const operation of this.tables.operationsOf(laneId)) {
      if (operation.state === 'RUNNING') this.tables.patch(operation, { state: 'UNKNOWN' });
    }
    this.tables.patch(lane, { state, owner: null, runAt: this.tables.clock() });
  }

  async settle<Result>(work: (settling: Settling) => Promise<Result>): Promise<Result> {
    const settling = this.settling();
    const result = await this.tables.transact(() => work(settling));
    settling.afterCommit();
    return result;
  }

  async bury(leaseMs: number): Promise<void> {
    const since = this.tables.clock() - leaseMs;
    for (const executor of this.tables.executors.values())
      if (executor.beatAt < since) executor.isDead = true;
  }

  async rescueLanes(most: number, crashesThatExhaust: number): Promise<readonly RescuedLane[]> {
    const { tables } = this;
    const lost = [...tables.lanes.values()]
      .filter(({ owner, state }) => {
        const executor = owner === null ? undefined : tables.executors.get(owner);
        return state === 'leased' && executor?.isDead === true;
      })
      .toSorted((left, right) => left.id - right.id)
      .slice(0, most);
    return lost.map((lane) => this.#rescue(lane, crashesThatExhaust));
  }

  async closeRescued(): Promise<void> {
    for (const executor of this.tables.executors.values()) {
      const holds = [...this.tables.lanes.values()].some(
        ({ owner, state }) => owner === executor.id && state === 'leased',
      );
      // Nobody asks about it any more.
      if (executor.isDead && !holds) this.tables.drop(this.tables.executors, executor.id);
    }
  }

  async sweep(): Promise<number> {
    const { tables } = this;
    const lanes = [...tables.lanes.values()];
    const misplaced = lanes.filter(
      ({ state, targetId }) => state === 'gated-async' && tables.target(targetId).mode === 'synchronous',
    );
    for (const lane of misplaced) tables.patch(lane, { state: 'ready', runAt: tables.clock() });
    const openable = lanes.filter((lane) => {
      const head = tables.headOf(lane.id);
      return lane.state === 'dependent' && head !== null && !isWaiting(tables, head);
    });
    const due = openWaiting(
      tables,
      openable.map(({ id }) => id),
    );
    this.deps.wake([...misplaced.map(({ targetId }) => targetId), ...due]);
    for (const lane of lanes) this.#hold(lane);
    return misplaced.length + openable.length;
  }

  protected settling(): MemorySettling {
    return new MemorySettling(this.deps);
  }

  #wanted(
    targetId: number,
    places: number,
    turn: number,
  ): { targetId: number; places: number; turn: number }[] {
    const target = this.tables.target(targetId);
    if (places <= 0 || (target.hold !== null && target.hold !== 'readonly')) return [];
    if (target.rate_per_second === null) return [{ targetId, places, turn }];
    const tokens = Math.floor(
      ((this.tables.clock() - this.#rateFrom(target)) * target.rate_per_second) / 1_000,
    );
    return [{ targetId, places: Math.min(places, tokens), turn: 1 }];
  }

  #rateFrom({ rateNextAt, burst, rate_per_second: rate }: TargetState): number {
    return Math.max(rateNextAt, this.tables.clock() - (burst / (rate ?? 1)) * 1_000);
  }

  #lease(executorId: number, lane: Lane, turn: number): ClaimedRow[] {
    const { tables } = this;
    const target = tables.target(lane.targetId);
    const head = this.deps.isLookStale(lane.id) ? null : tables.headOf(lane.id);
    const gate = head ? gateFor(tables, lane) : 'ready';
    tables.patch(lane, {
      state: gate === 'ready' ? 'leased' : gate,
      owner: gate === 'ready' ? executorId : null,
      token: lane.token + 1,
      handed: Math.min(
        lane.tail,
        (head?.seq ?? lane.tail) + turn - 1,
        target.mode === 'asynchronous' ? Math.max(lane.admitted, head?.seq ?? 0) : lane.tail,
      ),
    });
    if (gate !== 'ready') return [];
    if (target.rate_per_second !== null)
      tables.patch(target, { rateNextAt: this.#rateFrom(target) + 1_000 / target.rate_per_second });
    const lease = { token: lane.token, target_id: lane.targetId, tail_seq: lane.tail };
    return [{ ...(head ? toHead(tables, head) : { ...NO_HEAD, lane_id: lane.id }), ...lease }];
  }

  #rescue(lane: Lane, crashesThatExhaust: number): RescuedLane {
    const { tables } = this;
    const head = tables.headOf(lane.id);
    const executorId = lane.owner ?? 0;
    // Whoever gave its registration back lives: nothing is counted then.
    const counted = tables.executors.get(executorId)?.isRetired ? 0 : 1;
    const crashes = head ? head.crashes + counted : 0;
    const state = crashes >= crashesThatExhaust ? 'parked' : 'ready';
    if (head) this.#takeBack(head, executorId, counted);
    if (head) this.deps.onRescued?.(executorId, head, state === 'parked');
    const now = tables.clock();
    tables.patch(lane, {
      state,
      owner: null,
      token: lane.token + 1,
      priority: crashes > 0 ? SUSPECT : lane.priority,
      runAt: state === 'parked' ? now : Math.min(lane.runAt, now),
    });
    if (head?.isGrouped && state === 'parked')
      announceEndings(tables, [{ laneId: lane.id, seq: head.seq, became: 'failed', isOver: false }]);
    return { id: lane.id, state, seq: head?.seq ?? null };
  }

  #takeBack(head: Operation, executorId: number, counted: number): void {
    const { tables } = this;
    tables.append(tables.attempts, {
      laneId: head.laneId,
      seq: head.seq,
      attempt: head.attempts + 1,
      outcome: 'crashed',
      code: counted === 0 ? 'lease-lost' : 'executor-died',
      message: 'The process that ran this attempt died or lost the database.',
      endedAt: tables.clock(),
      executorId,
    });
    tables.patch(head, {
      state: head.state === 'RUNNING' ? 'UNKNOWN' : head.state,
      attempts: head.attempts + counted,
      crashes: head.crashes + counted,
      failedSince: counted === 0 ? head.failedSince : (head.failedSince ?? tables.clock()),
    });
  }

  #hold(lane: Lane): void {
    const { hold } = this.tables.target(lane.targetId);
    if (hold === null || hold === 'readonly') return;
    if (lane.state !== 'ready' || lane.runAt > this.tables.clock()) return;
    const head = this.tables.headOf(lane.id);
    if (head?.state === 'CREATED') this.tables.patch(head, { state: 'NOT_EXECUTED' });
    this.tables.patch(lane, { state: 'held', hold });
  }
}

const NO_HEAD = {
  seq: null,
  kind: '',
  state: 'CREATED',
  attempts: 0,
  crashes: 0,
  created_at: new Date(0),
  failing_for_ms: null,
  subject: '',
  payload: null,
  actor: '',
  request_id: null,
  supersession: null,
  is_grouped: false,
} as const;
