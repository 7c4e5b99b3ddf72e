// The worker: claims lanes of open targets, runs their heads side by side, flushes what ended, and starts over when
// its lease is lost. It decides nothing: domain/ and the store do.
import { setMaxListeners } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Clock } from '../../platform/clock/index.js';
import { LeaseLostError } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';
import type { QueueTimes } from '../queue.config.js';
import { Batcher } from './batcher.js';
import { Bell } from './bell.js';
import { type ClaimedOperation, type EndedAttempt, toClaimed } from './claimed-operation.js';
import { ExecutorLease } from './executor-lease.js';
import { flush, type Flushed } from './flush.js';
import { Intents } from './intents.js';
import { isPassing } from './passing-fault.js';
import type { ClaimedRow, ClaimRequest, QueueStore } from './queue-store.js';
import { runOperation } from './run-operation.js';
import { TargetFlows } from './target-flows.js';
import type { WorkerFigures } from './worker-figures.js';

/** Operations one lane may run before the others get their turn. */
const TURN = 16;
/** Of so many claims one prefers what is not urgent, so that it is not starved. */
const FAIR_CLAIM_EVERY = 8;
const PAUSE_AFTER_FAULT_MS = 250;
const PAUSE_WHILE_BUSY_MS = 5;

export interface WorkerDependencies {
  readonly store: QueueStore;
  readonly kinds: OperationKinds;
  readonly figures: WorkerFigures;
  readonly clock: Clock;
  readonly draw: () => number;
  readonly times: QueueTimes;
  readonly timeFactor: number;
  readonly concurrency: number;
  readonly roles: readonly string[];
}

interface LeaseRun {
  readonly lease: ExecutorLease;
  readonly intents: Intents;
  readonly flows: TargetFlows;
  readonly flushes: Batcher<EndedAttempt, Flushed>;
  /** Lanes in hand, with their target. */
  readonly lanes: Map<number, number>;
  /** One operation is in hand that must be the only one. */
  isAlone: boolean;
  wasAlone: boolean;
}

export class Worker {
  readonly #log = new Logger('worker');
  readonly #bell: Bell;
  readonly #giveUp = new AbortController();
  /** Registrations that are over and could not be given back yet. */
  readonly #over = new Set<number>();
  #isStopping = false;
  #loop: Promise<void> | null = null;
  #current: LeaseRun | null = null;
  /** Looks that found something. */
  #claims = 1;

  constructor(private readonly deps: WorkerDependencies) {
    this.#bell = new Bell(deps.clock);
    // Each attempt under way listens.
    setMaxListeners(0, this.#giveUp.signal);
  }

  start(): void {
    this.#loop ??= this.#live();
  }

  /** Something may be due. */
  ring(): void {
    this.#bell.ring();
  }

  /** Stops claiming, lets what runs end, gives back what does not, and then the registration. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#bell.ring();
    const cancel = this.deps.clock.after(this.deps.times.drain, () => this.#giveUp.abort());
    await this.#loop;
    cancel();
  }

  get isRegistered(): boolean {
    return this.#current?.lease.isHeld ?? false;
  }

  async #live(): Promise<void> {
    let faults = 0;
    while (!this.#isStopping) {
      try {
        await this.#liveOneLease();
        faults = 0;
        // Whatever ended the lease may end the next one too: not at full speed.
        if (!this.#isStopping) await this.deps.clock.pause(PAUSE_AFTER_FAULT_MS);
      } catch (error) {
        faults += 1;
        if (faults === 1)
          this.#log.warn({ err: error }, 'the worker lost the database; it registers again when it is back');
        await this.deps.clock.pause(PAUSE_AFTER_FAULT_MS);
      }
    }
  }

  async #liveOneLease(): Promise<void> {
    const { store, clock, times, roles, timeFactor } = this.deps;
    await store.prepare();
    await this.#giveBack();
    const lease = await ExecutorLease.register(store, clock, times, roles);
    const flows = new TargetFlows(clock, timeFactor);
    const run: LeaseRun = {
      lease,
      intents: new Intents(store, lease),
      flows,
      flushes: new Batcher((ended) => this.#flush(lease, flows, ended)),
      lanes: new Map(),
      isAlone: false,
      wasAlone: false,
    };
    this.#current = run;
    lease.signal.addEventListener('abort', () => this.#bell.ring(), { once: true });
    this.#log.log({ executor_id: lease.id }, 'registered');
    try {
      while (!this.#isStopping && lease.isHeld) await this.#turn(run);
      while (run.lanes.size > 0 && lease.isHeld) await this.#bell.wait(times.poll);
    } finally {
      this.#current = null;
      lease.end();
      this.#over.add(lease.id);
      await this.#giveBack();
    }
  }

  /** What was in hand must not wait for the lease to run out: as soon as the database can be told, it is. */
  async #giveBack(): Promise<void> {
    for (const id of this.#over) {
      await this.deps.store.retire(id);
      this.#over.delete(id);
    }
  }

  /** One look for work. */
  async #turn(run: LeaseRun): Promise<void> {
    const isFull = run.isAlone || run.lanes.size >= this.deps.concurrency;
    const claimed = isFull ? 0 : await this.#claim(run);
    if (claimed === 0) await this.#bell.wait(this.deps.times.poll);
  }

  async #claim(run: LeaseRun): Promise<number> {
    const { store, concurrency } = this.deps;
    run.flows.renew(await store.targets(run.lease.id));
    const taken = new Map<number, number>();
    for (const target of run.lanes.values()) taken.set(target, (taken.get(target) ?? 0) + 1);
    // Turn by turn with the rest, so that neither waits for long.
    if (run.flows.hasSuspects && !run.wasAlone)
      return taken.size > 0 ? 0 : this.#claimAlone(run, await this.#probes(run, taken, [2]));
    run.wasAlone = false;
    const probes = await this.#probes(run, taken, [0, 1]);
    const claimed = await this.#take(run, {
      places: run.flows.places(taken, probes),
      free: concurrency - run.lanes.size,
      turn: TURN,
      priorities: this.#claims % FAIR_CLAIM_EVERY === 0 ? [1, 0] : [0, 1],
    });
    // A look that found no free place is nobody's turn.
    if (claimed > 0) this.#claims += 1;
    if (claimed > 0 || taken.size > 0 || !run.flows.hasSuspects) return claimed;
    return this.#claimAlone(run, await this.#probes(run, taken, [2]));
  }

  /**
   * What was in hand when a process died may have killed it: it runs alone, so that it takes nobody with it and only
   * the guilty one is found guilty again.
   */
  async #claimAlone(run: LeaseRun, probes: readonly number[]): Promise<number> {
    const places = run.flows.places(new Map(), probes);
    run.isAlone = true;
    run.wasAlone = true;
    const claimed = await this.#take(run, { places, free: 1, turn: 1, priorities: [2] });
    if (claimed === 0) run.isAlone = false;
    return claimed;
  }

  /** Half-open targets that this executor may look at now. */
  async #probes(
    run: LeaseRun,
    taken: ReadonlyMap<number, number>,
    priorities: readonly number[],
  ): Promise<readonly number[]> {
    const candidates = run.flows.toProbe(taken);
    if (candidates.length === 0) return [];
    return this.deps.store.takeProbes(candidates, run.lease.id, this.deps.times.lease, priorities);
  }

  async #take(run: LeaseRun, request: Omit<ClaimRequest, 'executorId'>): Promise<number> {
    const rows = await this.deps.store.claim({ executorId: run.lease.id, ...request });
    this.deps.figures.claimed(rows.length);
    for (const row of rows) this.#begin(run, row);
    return rows.length;
  }

  #begin(run: LeaseRun, row: ClaimedRow): void {
    run.lanes.set(row.lane_id, row.target_id);
    const lease = { token: row.token, targetId: row.target_id, laneTail: row.tail_seq };
    const work =
      row.seq === null || this.#isStopping
        ? this.deps.store.release(run.lease.id, row.lane_id, row.token)
        : this.#follow(run, toClaimed({ ...row, seq: row.seq }, lease));
    void this.#guard(run, row.lane_id, work);
  }

  /** Runs a lane's operations one after the other until its turn is over, and leaves it to others. */
  async #follow(run: LeaseRun, first: ClaimedOperation): Promise<void> {
    for (let operation: ClaimedOperation | null = first; operation;) {
      const flushed: Flushed | null = await this.#execute(run, operation);
      if (flushed?.lane === 'released') return;
      // While stopping, what was handed out but not begun goes back without an attempt.
      operation = this.#isStopping ? null : (flushed?.next ?? null);
    }
    // Not known to be released: whoever holds its row, or whatever answer was lost, it must not stay with us. Rescue
    // does it when this executor is not alive any more.
    if (run.lease.isHeld) await this.deps.store.release(run.lease.id, first.laneId, first.token);
  }

  async #execute(run: LeaseRun, operation: ClaimedOperation): Promise<Flushed | null> {
    const ended = await runOperation(operation, {
      ...this.deps,
      lease: run.lease,
      intents: run.intents,
      giveUp: this.#giveUp.signal,
      onFault: (faulty, error) =>
        this.#log.error(
          { err: error, lane_id: faulty.laneId, seq: faulty.seq, kind: faulty.kind },
          'an attempt failed inside Provost',
        ),
    });
    if (!ended) return null;
    // Settled first: the attempt that opens the breaker is still counted.
    const flushed = await this.#settle(run, ended);
    await this.#tellBreaker(run, ended);
    return flushed;
  }

  async #tellBreaker(run: LeaseRun, ended: EndedAttempt): Promise<void> {
    const move = run.flows.learn(ended);
    if (!move) return;
    const { targetId } = ended.operation;
    try {
      if (move.kind === 'close') await this.deps.store.closeBreaker(targetId, run.lease.id);
      else await this.deps.store.tripBreaker(targetId, move.reason, move.forMs, run.lease.id);
      run.flows.renew(await this.deps.store.targets(run.lease.id));
    } catch (error) {
      // The breaker is a courtesy to the target: the next attempt tells it again.
      this.#log.warn({ err: error, target_id: targetId }, 'the breaker could not be told');
    }
  }

  async #settle(run: LeaseRun, ended: EndedAttempt): Promise<Flushed> {
    for (;;) {
      const flushed = await run.flushes.add(ended);
      if (flushed.lane !== 'busy') {
        this.deps.figures.settled(flushed);
        return flushed;
      }
      // The row's holder is a transaction about to commit.
      await this.deps.clock.pause(PAUSE_WHILE_BUSY_MS);
    }
  }

  /** Whatever happens to a lane's work, its place is given back and the loop looks again. */
  async #guard(run: LeaseRun, laneId: number, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (run.lease.isHeld && !(error instanceof LeaseLostError)) {
        this.#log.error(
          { err: error, lane_id: laneId },
          'a lane could not be settled; its executor starts over',
        );
        // Nobody knows what was written: the rescue of a dead executor is the one path that is safe.
        run.lease.end();
      }
    } finally {
      run.lanes.delete(laneId);
      run.isAlone = false;
      this.deps.figures.returned();
      this.#bell.ring();
    }
  }

  async #flush(lease: ExecutorLease, flows: TargetFlows, ended: readonly EndedAttempt[]): Promise<Flushed[]> {
    for (;;) {
      if (!lease.isHeld) throw new LeaseLostError('The lease was lost before the flush.');
      try {
        const startedAt = this.deps.clock.monotonicMs();
        const flushed = await flush(ended, {
          ...this.deps,
          executorId: lease.id,
          targetOf: (id) => flows.get(id),
        });
        this.deps.figures.flushed(ended.length, this.deps.clock.monotonicMs() - startedAt);
        return flushed;
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.#log.warn(
          { err: error, operations: ended.length },
          'the flush failed; trying again while the lease lasts',
        );
        await this.deps.clock.pause(PAUSE_AFTER_FAULT_MS);
        await this.deps.store.prepare().catch(() => undefined);
      }
    }
  }
}
