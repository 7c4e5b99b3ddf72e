// A PostgreSQL of the benchmark's own, with this version's schema; nothing of it is left afterwards.
import { chmodSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from './built.js';

export interface ScratchDatabase {
  /** Connects the owner of the tables. */
  readonly ownerUrl: string;
  /** Connects the role that the service works as. */
  readonly servingUrl: string;
  readonly version: string;
  /** A folder for what else the benchmark writes. */
  readonly folder: string;
  /** Ends the server in good order, cutting every session, and starts it again at the same address. */
  readonly restart: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

const PREFIX = 'provost-bench-';
const log = (): void => undefined;

/** @param durable whether each commit waits for the disk, as it does in production */
export async function startScratchDatabase({ durable }: { durable: boolean }): Promise<ScratchDatabase> {
  const { startPostgres, removePostgres } = await built<
    typeof import('../../src/embedded/postgres/index.js')
  >('src/embedded/postgres/index.js');
  const { migrate, roleOf } = await built<typeof import('../../src/platform/database/index.js')>(
    'src/platform/database/index.js',
  );
  const { migrations } = await built<typeof import('../../migrations/index.js')>('migrations/index.js');
  const { servingGrants } = await built<typeof import('../../migrations/grants.js')>('migrations/grants.js');
  const { isAlive } = await built<typeof import('../../src/embedded/process/index.js')>(
    'src/embedded/process/index.js',
  );
  for (const left of leftOver(isAlive)) await removePostgres(left);
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // The server may run as another account, which has to pass.
  chmodSync(folder, 0o711);
  const start = (): ReturnType<typeof startPostgres> =>
    startPostgres({ dataDirectory: folder, durable, log });
  let postgres = await start();
  const restart = async (): Promise<void> => {
    await postgres.stop();
    postgres = await start();
  };
  const remove = async (): Promise<void> => {
    await postgres.stop();
    await removePostgres(folder);
  };
  try {
    const serving = { role: roleOf(postgres.servingUrl), grants: servingGrants };
    await migrate({ url: postgres.url, migrations, serving, log });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    ownerUrl: postgres.url,
    servingUrl: postgres.servingUrl,
    version: postgres.version,
    folder,
    restart,
    remove,
  };
}

/** Of benchmarks that were killed. */
function leftOver(isAlive: (pid: number) => boolean): string[] {
  return readdirSync(tmpdir())
    .filter((name) => {
      const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
      return pid > 0 && !isAlive(pid) && statSync(join(tmpdir(), name)).uid === process.getuid?.();
    })
    .map((name) => join(tmpdir(), name));
}
