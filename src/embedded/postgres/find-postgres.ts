// The embedded server of another process, for a command that works beside the running service.
import { existsSync, realpathSync } from 'node:fs';
import { findOrphan } from '../process/index.js';
import { ensuredSecret, passwordOf } from './cluster.js';
import { databaseUrl, OWNER, SERVING } from './connection.js';
import { clusterMajors, clusterPaths, currentHome } from './locations.js';
import { portInPidFile } from './server.js';

export interface FoundPostgres {
  readonly url: string;
  readonly servingUrl: string;
}

/** Undefined when no server runs on these data. */
export function findPostgres(dataDirectory: string): FoundPostgres | undefined {
  if (!existsSync(dataDirectory)) return undefined;
  const home = currentHome(realpathSync(dataDirectory));
  for (const major of clusterMajors(home)) {
    const paths = clusterPaths(home, major);
    if (findOrphan({ pidFile: paths.pidFile, argument: paths.data }) === undefined) continue;
    const secret = ensuredSecret(paths);
    const urlOf = (role: string): string =>
      databaseUrl(portInPidFile(paths.pidFile), OWNER, role, passwordOf(secret, role));
    return { url: urlOf(OWNER), servingUrl: urlOf(SERVING) };
  }
  return undefined;
}
