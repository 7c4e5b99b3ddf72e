// The worker: claims lanes of open targets, runs their heads side by side, flushes what ended, and starts over when
// its lease is lost. It decides nothing: domain/ and the SQL do.
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Clock } from '../../platform/clock/index.js';
import { type Database, loadStatement } from '../../platform/database/index.js';
import { LeaseLostError } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';
import type { QueueTimes } from '../queue.config.js';
import type { Queue } from '../queue.service.js';
import { listTargets, type Target } from '../targets.service.js';
import { Batcher } from './batcher.js';
import { Bell } from './bell.js';
import { type ClaimedOperation, type EndedAttempt, type HeadRow, toClaimed } from './claimed-operation.js';
import { ExecutorLease } from './executor-lease.js';
import { flush, type Flushed, isPassing } from './flush.js';
import { Intents } from './intents.js';
import type { QueueFigures } from './queue-figures.js';
import { runOperation } from './run-operation.js';

const here = new URL('..', import.meta.url).href;
const CLAIM_LANES = loadStatement('claim-lanes', here);
const LOCK_LANES = loadStatement('lock-lanes', here);
const RELEASE_LANES = loadStatement('release-lanes', here);

/** Operations one lane may run before the others get their turn. */
const TURN = 16;
const PAUSE_AFTER_FAULT_MS = 250;

export interface WorkerDependencies {
  readonly database: Database;
  /** One connection of its own: a beat never waits behind work. */
  readonly beatDatabase: Database;
  readonly queue: Queue;
  readonly kinds: OperationKinds;
  readonly figures: QueueFigures;
  readonly clock: Clock;
  readonly draw: () => number;
  readonly times: QueueTimes;
  readonly timeFactor: number;
  readonly concurrency: number;
  readonly roles: readonly string[];
  /** Makes what the tables need, such as a partition for today. */
  readonly repairTables: () => Promise<void>;
}

interface LeaseRun {
  readonly lease: ExecutorLease;
  readonly intents: Intents;
  readonly flushes: Batcher<EndedAttempt, Flushed>;
  /** Lanes in hand, with their target. */
  readonly lanes: Map<number, number>;
}

export class Worker {
  readonly #log = new Logger('worker');
  readonly #bell = new Bell();
  #targets: readonly Target[] = [];
  #isStopping = false;
  #loop: Promise<void> | null = null;
  #current: LeaseRun | null = null;

  constructor(private readonly deps: WorkerDependencies) {}

  start(): void {
    this.#loop ??= this.#live();
  }

  /** Something may be due. */
  ring(): void {
    this.#bell.ring();
  }

  /** Stops claiming, lets what runs end (an attempt's deadline at most), and gives the registration back. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#bell.ring();
    await this.#loop;
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
      } catch (error) {
        faults += 1;
        if (faults === 1)
          this.#log.warn({ err: error }, 'the worker lost the database; it registers again when it is back');
        await delay(PAUSE_AFTER_FAULT_MS);
      }
    }
  }

  async #liveOneLease(): Promise<void> {
    const { beatDatabase, clock, times, roles } = this.deps;
    await beatDatabase.connect();
    await this.deps.database.connect();
    await this.deps.repairTables();
    const lease = await ExecutorLease.register(beatDatabase, clock, times, roles);
    const run: LeaseRun = {
      lease,
      intents: new Intents(this.deps.database, lease),
      flushes: new Batcher((ended) => this.#flush(lease, ended)),
      lanes: new Map(),
    };
    this.#current = run;
    lease.signal.addEventListener('abort', () => this.#bell.ring(), { once: true });
    this.#log.log({ executor_id: lease.id }, 'registered');
    try {
      while (!this.#isStopping && lease.isHeld) await this.#turn(run);
      while (run.lanes.size > 0 && lease.isHeld) await this.#bell.wait(times.poll);
    } finally {
      this.#current = null;
      if (lease.isHeld) await lease.retire();
    }
  }

  /** One look for work. */
  async #turn(run: LeaseRun): Promise<void> {
    const claimed = run.lanes.size < this.deps.concurrency ? await this.#claim(run) : 0;
    if (claimed === 0) await this.#bell.wait(this.deps.times.poll);
  }

  async #claim(run: LeaseRun): Promise<number> {
    this.#targets = await listTargets(this.deps.database);
    const taken = new Map<number, number>();
    for (const target of run.lanes.values()) taken.set(target, (taken.get(target) ?? 0) + 1);
    const rows = await this.deps.database.query<
      HeadRow & { token: number; target_id: number; tail_seq: number }
    >(CLAIM_LANES, [
      run.lease.id,
      this.#targets.map(({ id }) => id),
      this.#targets.map(({ id, concurrency }) => Math.max(0, concurrency - (taken.get(id) ?? 0))),
      TURN,
      this.deps.concurrency - run.lanes.size,
    ]);
    for (const row of rows) {
      run.lanes.set(row.lane_id, row.target_id);
      const lease = { token: row.token, targetId: row.target_id, laneTail: row.tail_seq };
      const work =
        row.seq === null
          ? this.#release(run, row.lane_id, row.token)
          : this.#follow(run, toClaimed({ ...row, seq: row.seq }, lease));
      void this.#guard(run, row.lane_id, work);
    }
    return rows.length;
  }

  /** Runs a lane's operations one after the other until its turn is over, and leaves it to others. */
  async #follow(run: LeaseRun, first: ClaimedOperation): Promise<void> {
    for (let operation: ClaimedOperation | null = first; operation;) {
      const ended = await runOperation(operation, {
        ...this.deps,
        lease: run.lease,
        intents: run.intents,
        onFault: (faulty, error) =>
          this.#log.error(
            { err: error, lane_id: faulty.laneId, seq: faulty.seq, kind: faulty.kind },
            'an attempt failed inside Provost',
          ),
      });
      const flushed = ended && (await this.#settle(run, ended));
      if (flushed?.lane === 'released') return;
      // While stopping, what was handed out but not begun goes back without an attempt.
      operation = this.#isStopping ? null : (flushed?.next ?? null);
    }
    // Not known to be released: whoever holds its row, or whatever answer was lost, it must not stay with us. Rescue
    // does it when this executor is not alive any more.
    if (run.lease.isHeld) await this.#release(run, first.laneId, first.token);
  }

  async #settle(run: LeaseRun, ended: EndedAttempt): Promise<Flushed> {
    for (;;) {
      const flushed = await run.flushes.add(ended);
      if (flushed.lane !== 'busy') {
        this.deps.figures.settled(flushed);
        return flushed;
      }
      // The row's holder is a transaction about to commit.
      await delay(5);
    }
  }

  async #release(run: LeaseRun, laneId: number, token: number): Promise<void> {
    await this.deps.database.transact(async (transaction) => {
      await transaction.query(LOCK_LANES, [[laneId]]);
      await transaction.query(RELEASE_LANES, [run.lease.id, [laneId], [token]]);
    });
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
        await run.lease.retire().catch(() => undefined);
      }
    } finally {
      run.lanes.delete(laneId);
      this.#bell.ring();
    }
  }

  async #flush(lease: ExecutorLease, ended: readonly EndedAttempt[]): Promise<Flushed[]> {
    for (;;) {
      if (!lease.isHeld) throw new LeaseLostError('The lease was lost before the flush.');
      try {
        return await flush(ended, {
          ...this.deps,
          executorId: lease.id,
          targetOf: (id) => this.#targets.find((target) => target.id === id),
          failingForMs: ({ failedSince }) =>
            failedSince ? this.deps.clock.now().getTime() - failedSince.getTime() : 0,
        });
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.#log.warn(
          { err: error, operations: ended.length },
          'the flush failed; trying again while the lease lasts',
        );
        await delay(PAUSE_AFTER_FAULT_MS);
        await this.deps.repairTables().catch(() => undefined);
      }
    }
  }
}
