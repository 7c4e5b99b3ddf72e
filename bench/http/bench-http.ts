// What the doors cost: a guarded read beyond the framework's own work, a login beyond its dearest part.
import { Client } from 'pg';
import type { Bench, BenchOptions, BenchResult } from '../harness/bench.js';
import { withClosing } from '../harness/closing.js';
import { startProvost } from '../harness/provost.js';
import { sayVariants } from '../harness/report.js';
import { startScratchDatabase } from '../harness/scratch-database.js';
import { startScratchDirectory } from '../harness/scratch-directory.js';
import { measureLogins } from './measure-logins.js';
import { measureReads } from './measure-reads.js';

export const benchHttp: Bench = {
  sentence:
    'CPU time of a guarded read beyond bare NestJS, of a login beyond its argon2id, of a directory login beyond its bind.',
  seconds: 90,
  run,
};

function run(options: BenchOptions): Promise<BenchResult> {
  return withClosing(async (closing) => {
    const database = await startScratchDatabase({ durable: false });
    closing(database.remove);
    const directory = await startScratchDirectory(database.folder);
    closing(directory.remove);
    const provost = await startProvost(database, { env: directory.settings, profile: options.profile });
    closing(() => provost.process.stop());
    const client = new Client({ connectionString: database.ownerUrl });
    await client.connect();
    closing(() => client.end());

    const half = { ...options, seconds: options.seconds / 2 };
    const reads = await measureReads(provost, half, closing);
    const logins = await measureLogins(provost, client, directory, half, closing);
    const variants = [...reads.variants, ...logins.variants];
    sayVariants(variants);
    return { figures: [...reads.figures, ...logins.figures], variants, postgres: database.version };
  });
}
