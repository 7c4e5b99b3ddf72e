// A worker of the built service with three kinds of work: one that does nothing, one whose target is dead, and one that
// is refused for good.
import { built } from '../harness/built.js';
import { serveParent } from '../harness/serve-parent.js';

const { openApplication } = await built<typeof import('../../src/start-service.js')>('src/start-service.js');
const { OperationKinds, Queue } =
  await built<typeof import('../../src/queue/index.js')>('src/queue/index.js');
const { Worker } = await built<typeof import('../../src/queue/worker/worker.js')>(
  'src/queue/worker/worker.js',
);
const { PostgresQueueStore } = await built<typeof import('../../src/queue/worker/postgres-store.js')>(
  'src/queue/worker/postgres-store.js',
);
const { queueTimes } =
  await built<typeof import('../../src/queue/queue.config.js')>('src/queue/queue.config.js');
const { Database, Partitions } = await built<typeof import('../../src/platform/database/index.js')>(
  'src/platform/database/index.js',
);
const { drawUniform, systemClock } = await built<typeof import('../../src/platform/clock/index.js')>(
  'src/platform/clock/index.js',
);
const { z } = await import('zod');

type Outcome = Awaited<ReturnType<import('../../src/queue/index.js').OperationKind['run']>>;

const { app, close } = await openApplication({ wantsDirectory: false });
const url = process.env['DATABASE_URL'] ?? '';
const kinds = app.get(OperationKinds);
const queue = app.get(Queue);
const partitions = app.get(Partitions);
const database = new Database({
  url,
  applicationName: 'bench worker',
  poolSize: 8,
  statementTimeoutMs: 60_000,
});
const beatDatabase = new Database({
  url,
  applicationName: 'bench beat',
  poolSize: 1,
  statementTimeoutMs: 3_000,
});

let done = 0;
const waiting: { readonly count: number; readonly resolve: () => void }[] = [];

function register(kind: string, outcome: Outcome): void {
  kinds.register({
    kind,
    payload: z.unknown(),
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async () => outcome,
  });
}

register('bench-null', { kind: 'executed', summary: 'done' });
register('bench-refused', { kind: 'permanent', code: 'refused', message: 'refused' });
register('bench-dead', {
  kind: 'transient',
  code: 'unreachable',
  message: 'connect ECONNREFUSED',
  sign: 'in-trouble',
});

const worker = new Worker({
  store: new PostgresQueueStore({
    database,
    beatDatabase,
    queue,
    repairTables: () => partitions.ensure(),
  }),
  kinds,
  figures: {
    claimed: () => undefined,
    returned: () => undefined,
    flushed: () => undefined,
    settled: ({ attempt }) => {
      if (attempt.operation.kind !== 'bench-null' || attempt.result.kind !== 'executed') return;
      done += 1;
      for (const one of waiting.splice(0)) {
        if (done >= one.count) one.resolve();
        else waiting.push(one);
      }
    },
  },
  clock: systemClock,
  draw: drawUniform,
  times: queueTimes(1),
  timeFactor: 1,
  concurrency: 256,
  roles: ['worker'],
});

/** Enqueues so many operations in as many lanes and waits until the worker has executed them. */
async function roundOf({ lanes, targetId }: { lanes: number; targetId: number }): Promise<number> {
  const until = done + lanes;
  const executed = new Promise<void>((resolve) => waiting.push({ count: until, resolve }));
  for (let first = 0; first < lanes; first += 500) {
    await database.transact(async (transaction) => {
      for (let index = first; index < Math.min(first + 500, lanes); index += 1) {
        queue.enqueue(transaction, {
          lane: `bench:${index}`,
          targetId,
          kind: 'bench-null',
          subject: 'a round',
          payload: {},
          actor: { name: 'bench', requestId: null },
        });
      }
    });
    worker.ring();
  }
  await executed;
  return lanes;
}

/** Waits until so many operations were executed since the start. */
function executedAltogether(count: number): Promise<void> {
  if (done >= count) return Promise.resolve();
  return new Promise((resolve) => waiting.push({ count, resolve }));
}

serveParent(
  {
    started: () => null,
    work: () => worker.start(),
    round: roundOf,
    executed: () => done,
    executedAltogether,
  },
  async () => {
    await worker.stop();
    await Promise.all([database.close(), beatDatabase.close()]);
    await close();
  },
);
