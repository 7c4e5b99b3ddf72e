// Run by postgres.spec.ts as a service of its own: starts PostgreSQL, tells how it went, waits for the end.
import { startPostgres } from '../../../src/embedded/postgres/index.js';

type Options = Parameters<typeof startPostgres>[0];

/** What the parent learns: the server, or why there is none. */
export type HolderReport =
  | { readonly kind: 'started'; readonly url: string; readonly port: number; readonly adopted: boolean }
  | { readonly kind: 'failed'; readonly reason: string };

const report = (message: HolderReport): void => void process.send?.(message);

try {
  const options = JSON.parse(process.argv[2] ?? '') as Omit<Options, 'log'>;
  const postgres = await startPostgres({ ...options, log: () => {} });
  process.once('disconnect', () => void postgres.stop());
  report({ kind: 'started', url: postgres.url, port: postgres.port, adopted: postgres.adopted });
} catch (error) {
  report({ kind: 'failed', reason: String(error) });
  process.disconnect();
}
