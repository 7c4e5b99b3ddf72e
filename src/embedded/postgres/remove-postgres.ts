// Ends and removes what startPostgres made.
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { findOrphan, lockDirectory } from '../process/index.js';
import { clusterMajors, clusterPaths, currentHome } from './locations.js';
import { endServer } from './server.js';

/**
 * Removes the data directory with everything in it, wherever its cluster is kept, after ending
 * a server that was left behind. Rejects when another process uses the directory.
 */
export async function removePostgres(dataDirectory: string): Promise<void> {
  if (!existsSync(dataDirectory)) return;
  const directory = realpathSync(dataDirectory);
  const locks = [lockDirectory(directory)];
  try {
    const home = currentHome(directory);
    if (home !== directory && existsSync(home)) locks.push(lockDirectory(home));
    await endOrphans(home);
    rmSync(home, { recursive: true, force: true });
    rmSync(directory, { recursive: true, force: true });
  } finally {
    locks.forEach((lock) => lock.release());
  }
}

/** Ends the servers that an earlier run left behind, of every major but the excepted one. */
export async function endOrphans(home: string, { except }: { except?: number } = {}): Promise<void> {
  for (const major of clusterMajors(home)) {
    const paths = clusterPaths(home, major);
    const pid = findOrphan({ pidFile: paths.pidFile, argument: paths.data });
    if (pid !== undefined && major !== except) await endServer(pid, paths);
  }
}
