// A database of its own with a worker on it.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { BenchOptions } from '../harness/bench.js';
import { MeasuredProcess } from '../harness/measured-process.js';
import { PostgresUsage } from '../harness/postgres-usage.js';
import { startScratchDatabase } from '../harness/scratch-database.js';

export interface QueueUnderTest {
  readonly client: Client;
  readonly worker: MeasuredProcess;
  readonly version: string;
  /** The CPU and wall milliseconds of worker and PostgreSQL together while `work` runs. */
  readonly during: (work: () => Promise<unknown>) => Promise<{ cpuMs: number; wallMs: number }>;
}

export async function startQueue(
  closing: (close: () => Promise<unknown> | void) => void,
  { profile }: Pick<BenchOptions, 'profile'>,
): Promise<QueueUnderTest> {
  const database = await startScratchDatabase({ durable: true });
  closing(database.remove);
  const client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
  closing(() => client.end());
  const worker = MeasuredProcess.start(
    new URL('queue.child.ts', import.meta.url),
    {
      DATABASE_URL: database.servingUrl,
      PROVOST_DATA: `${database.folder}/worker`,
      PROVOST_SECRETS_KEY: randomBytes(32).toString('base64'),
    },
    profile,
  );
  closing(() => worker.stop());
  await worker.ask('started');
  const postgres = await PostgresUsage.of(client);
  return {
    client,
    worker,
    version: database.version,
    during: async (work) => {
      const before = postgres.cpuMs();
      const used = await worker.during(work);
      return { ...used, cpuMs: used.cpuMs + postgres.cpuMs() - before };
    },
  };
}
