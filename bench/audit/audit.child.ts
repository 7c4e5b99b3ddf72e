// The audit module of the built service: writes records as every change does, seals them, verifies the chain.
import { setTimeout as pause } from 'node:timers/promises';
import { built } from '../harness/built.js';
import { serveParent } from '../harness/serve-parent.js';

const { openApplication } = await built<typeof import('../../src/start-service.js')>('src/start-service.js');
const { AuditLog, AuditVerifier, Sealer } =
  await built<typeof import('../../src/audit/index.js')>('src/audit/index.js');
const { Database } = await built<typeof import('../../src/platform/database/index.js')>(
  'src/platform/database/index.js',
);
const { app, close } = await openApplication({ wantsDirectory: false });
const database = app.get(Database);
const audit = app.get(AuditLog);
const sealer = app.get(Sealer);
const verifier = app.get(AuditVerifier);

/** As often as the service does. */
const SEAL_EVERY_MS = 500;

/** Transactions that `writers` finish in that time, each a change and its record. */
async function write({ writers, milliseconds }: { writers: number; milliseconds: number }): Promise<number> {
  const end = performance.now() + milliseconds;
  let count = 0;
  const writer = async (number: number): Promise<void> => {
    while (performance.now() < end) {
      await database.transact(async (transaction) => {
        const [row] = await transaction.query<{ id: string }>(
          'insert into bench_changes (words) values ($1) returning id::text as id',
          [`change by writer ${number}`],
        );
        await audit.record(transaction, {
          actor: { name: `local:writer-${number}`, requestId: `request-${number}` },
          action: 'bench.changed',
          objectType: 'bench',
          objectId: row?.id ?? '',
          before: { words: 'before' },
          after: { words: `change by writer ${number}` },
        });
      });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, number) => writer(number)));
  return count;
}

async function sealAll(): Promise<number> {
  let sealed = 0;
  for (let more = await sealer.seal(); more > 0; more = await sealer.seal()) sealed += more;
  return sealed;
}

let sealing: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

async function sealOnAndOn(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sealer.seal();
    await pause(SEAL_EVERY_MS);
  }
}

serveParent(
  {
    started: () => null,
    write,
    sealAll,
    startSealing: () => {
      const stop = new AbortController();
      sealing = { stop, ended: sealOnAndOn(stop.signal) };
    },
    stopSealing: async () => {
      sealing?.stop.abort();
      await sealing?.ended;
    },
    verify: () => verifier.verify(),
  },
  close,
);
