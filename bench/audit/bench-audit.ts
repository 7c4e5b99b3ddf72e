// What the sealed audit record costs: writers beside the sealer, and a long chain sealed and verified.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { Bench, BenchOptions, BenchResult } from '../harness/bench.js';
import { withClosing } from '../harness/closing.js';
import { MeasuredProcess } from '../harness/measured-process.js';
import { sayVariants } from '../harness/report.js';
import { startScratchDatabase } from '../harness/scratch-database.js';
import { measureChain } from './measure-chain.js';
import { measureWriters } from './measure-writers.js';

export const benchAudit: Bench = {
  sentence: 'What sealing takes from those who write, and how long a chain of --records takes to verify.',
  seconds: 120,
  run,
};

/** Of the time; the rest is for the chain. */
const WRITERS_SHARE = 0.4;

function run(options: BenchOptions): Promise<BenchResult> {
  return withClosing(async (closing) => {
    // Commits wait for the disk, as they do in production.
    const database = await startScratchDatabase({ durable: true });
    closing(database.remove);
    const client = new Client({ connectionString: database.ownerUrl });
    await client.connect();
    closing(() => client.end());
    const role = client.escapeIdentifier(new URL(database.servingUrl).username);
    await client.query(
      `create table bench_changes (id bigint generated always as identity primary key, words text not null);
       grant insert, select on bench_changes to ${role}`,
    );
    const key = randomBytes(32).toString('base64');
    const start = async (name: string): Promise<MeasuredProcess> => {
      const process = MeasuredProcess.start(
        new URL('audit.child.ts', import.meta.url),
        {
          DATABASE_URL: database.servingUrl,
          PROVOST_DATA: `${database.folder}/${name}`,
          PROVOST_SECRETS_KEY: key,
          PROVOST_DATABASE_POOL_SIZE: '20',
        },
        options.profile,
      );
      closing(() => process.stop());
      await process.ask('started');
      return process;
    };
    const writer = await start('writer');
    const sealer = await start('sealer');
    const writers = await measureWriters(writer, sealer, {
      ...options,
      seconds: options.seconds * WRITERS_SHARE,
    });
    const chain = await measureChain(sealer, await start('verifier'), client, {
      ...options,
      seconds: options.seconds * (1 - WRITERS_SHARE),
    });
    const variants = [...writers.variants, ...chain.variants];
    sayVariants(variants);
    return { figures: [...writers.figures, ...chain.figures], variants, postgres: database.version };
  });
}
