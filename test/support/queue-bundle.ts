// A queue with one worker on a database of its own, and signals to wait for instead of sleeping.
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { AuditLog } from '../../src/audit/index.js';
import { Clock, systemClock } from '../../src/platform/clock/index.js';
import { Database, Partitions } from '../../src/platform/database/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import {
  type Attempt,
  DurableEvents,
  Explanations,
  GateKeepers,
  Moves,
  type NewOperation,
  OperationKinds,
  Operations,
  type OperationKind,
  type Outcome,
  Queue,
  QueueFigures,
  Targets,
} from '../../src/queue/index.js';
import { type QueueTimes, queueTimes } from '../../src/queue/queue.config.js';
import { WakeUp } from '../../src/queue/wake-up.js';
import type { Flushed } from '../../src/queue/worker/flush.js';
import { PostgresQueueStore } from '../../src/queue/worker/postgres-store.js';
import { rescue } from '../../src/queue/worker/rescue.js';
import { Worker } from '../../src/queue/worker/worker.js';
import { createTestDatabase } from './postgres.js';

/** Retries come in milliseconds, while a busy machine does not lose its lease. */
const TIME_FACTOR = 0.02;
const BEAT_FACTOR = 0.2;
Logger.overrideLogger(['error', 'fatal']);

export const notePayload = z.strictObject({ note: z.string() });
export type NotePayload = z.infer<typeof notePayload>;
export type NoteHandler = (attempt: Attempt<NotePayload>) => Promise<Outcome>;

export interface QueueNode {
  readonly database: Database;
  readonly queue: Queue;
  readonly events: DurableEvents;
  readonly kinds: OperationKinds;
  readonly targets: Targets;
  readonly figures: QueueFigures;
  readonly operations: Operations;
  readonly moves: Moves;
  readonly explanations: Explanations;
  readonly gateKeepers: GateKeepers;
  readonly worker: Worker;
  readonly store: PostgresQueueStore;
  /** The worker's clock. */
  readonly clock: JumpingClock;
  /** Resolves once `condition` holds, looked at after every settled attempt of this node. */
  until(condition: () => Promise<boolean> | boolean): Promise<void>;
  rescue(): Promise<number>;
  close: () => Promise<void>;
}

/** The machine's clock, until somebody moves it. */
class JumpingClock extends Clock {
  #jumped = 0;

  advance(milliseconds: number): void {
    this.#jumped += milliseconds;
  }

  now(): Date {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#jumped;
  }
}

/** One process of the queue; several on one URL are several nodes. */
export async function startNode(
  url: string,
  handler: NoteHandler,
  kind: Partial<OperationKind<NotePayload>> = {},
  overrides: Partial<QueueTimes> = {},
): Promise<QueueNode> {
  const times = { ...queueTimes(BEAT_FACTOR), poll: 20, ...overrides };
  const database = new Database({ url, applicationName: 'test', poolSize: 8, statementTimeoutMs: 10_000 });
  await database.connect();
  const partitions = new Partitions(database);
  for (const table of ['queue_attempts', 'queue_intents', 'queue_archive']) partitions.add(table);
  const kinds = new OperationKinds();
  const wakeUp = new WakeUp(url);
  await wakeUp.onApplicationBootstrap();
  const queue = new Queue(kinds, wakeUp);
  const figures = new QueueFigures(new Metrics());
  kinds.register<NotePayload>({
    kind: 'note',
    payload: notePayload,
    whenExhausted: 'park',
    retryGate: 'claim',
    run: handler,
    ...kind,
  });
  const beatDatabase = new Database({
    url,
    applicationName: 'test beat',
    poolSize: 1,
    statementTimeoutMs: 3_000,
  });
  const clock = new JumpingClock();
  const store = new PostgresQueueStore({
    database,
    beatDatabase,
    queue,
    repairTables: () => partitions.ensure(),
  });
  const worker = new Worker({
    store,
    kinds,
    figures,
    clock,
    draw: () => 0.5,
    times,
    timeFactor: TIME_FACTOR,
    concurrency: 16,
    roles: ['worker'],
  });
  const settings = { concurrency: 16, retentionDays: 90, timeFactor: BEAT_FACTOR };
  const gateKeepers = new GateKeepers(database, settings);
  const operations = new Operations(database, gateKeepers, systemClock);
  const stopListening = wakeUp.listen(() => worker.ring());
  return {
    database,
    queue,
    events: new DurableEvents(queue, kinds),
    kinds,
    targets: new Targets(database, wakeUp),
    figures,
    operations,
    moves: new Moves(database, new AuditLog(), queue, kinds),
    explanations: new Explanations(database, operations, gateKeepers, systemClock, settings),
    gateKeepers,
    worker,
    clock,
    until: (condition) => untilSettled(figures, condition),
    store,
    rescue: () => rescue(store, times),
    close: async () => {
      stopListening();
      await worker.stop();
      await wakeUp.onApplicationShutdown();
      await beatDatabase.close();
      await database.close();
    },
  };
}

export function untilSettled(
  figures: QueueFigures,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isChecking = false;
    let again = false;
    const check = async (): Promise<void> => {
      if (isChecking) {
        again = true;
        return;
      }
      isChecking = true;
      do {
        again = false;
        if (await condition()) {
          stop();
          resolve();
          return;
        }
      } while (again);
      isChecking = false;
    };
    const stop = figures.onSettled((_flushed: Flushed) => void check().catch(reject));
    void check().catch(reject);
  });
}

export async function startQueue(
  handler: NoteHandler,
  kind: Partial<OperationKind<NotePayload>> = {},
  times: Partial<QueueTimes> = {},
): Promise<{ url: string; node: QueueNode; close: () => Promise<void> }> {
  const { url, drop } = await createTestDatabase();
  const node = await startNode(url, handler, kind, times);
  return {
    url,
    node,
    close: async () => {
      await node.close();
      await drop();
    },
  };
}

export function aNote(overrides: Partial<NewOperation> & { note?: string } = {}): NewOperation {
  const { note = 'hello', ...rest } = overrides;
  return {
    lane: 'note:1',
    targetId: 1,
    kind: 'note',
    subject: 'a note',
    payload: { note },
    actor: { name: 'test', requestId: null },
    ...rest,
  };
}

export async function enqueue(node: QueueNode, ...operations: NewOperation[]): Promise<void> {
  await node.database.transact(async (transaction) => {
    for (const operation of operations) node.queue.enqueue(transaction, operation);
  });
}
