// The setting of a run: a database, the witness, the proxy before it, and the nodes of the service.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { withClosing } from '../harness/closing.js';
import { startScratchDatabase } from '../harness/scratch-database.js';
import type { Chance } from './chance.js';
import { DatabaseFacts } from './database-facts.js';
import { Fleet } from './fleet.js';
import { LdapFaultProxy } from './ldap-fault-proxy.js';
import { prepareService } from './service-under-test.js';
import { startWitnessDirectory, type WitnessDirectory } from './witness-directory.js';
import { drawFate } from './write-fate.js';

/** Every duration of the queue is a tenth of what it is in production: the lease is 3 s. */
const TIME_FACTOR = 0.1;
export const LEASE_MS = 30_000 * TIME_FACTOR;
/** From a kill until its lanes are free: the lease, and time to notice. */
export const RECOVERY_BOUND_MS = LEASE_MS + 15_000 * TIME_FACTOR;

export interface Setting {
  /** For the logs and the journal; it stays. */
  readonly folder: string;
  readonly directory: WitnessDirectory;
  readonly proxy: LdapFaultProxy;
  readonly fleet: Fleet;
  readonly facts: DatabaseFacts;
  readonly restartDatabase: () => Promise<void>;
  readonly roleId: string;
}

export type Closing = Parameters<Parameters<typeof withClosing>[0]>[0];

/** @param chance draws the fates of writes @throws when it does not stand in time */
export async function startSetting(
  nodes: number,
  chance: Chance,
  signal: AbortSignal,
  closing: Closing,
): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'provost-faultlab-'));
  const database = await startScratchDatabase({ durable: true });
  closing(database.remove);
  const directory = await startWitnessDirectory(join(folder, 'accesslog'));
  closing(directory.remove);
  let fleet: Fleet | undefined;
  const proxy = await LdapFaultProxy.start({
    port: directory.port,
    drawFate: () => drawFate(chance),
    ownerOf: (port) => fleet?.ownerOf(port),
  });
  closing(() => proxy.stop());
  const env = {
    // In production no directory is reached in clear text, and the proxy must be able to read.
    NODE_ENV: 'test',
    PROVOST_SECRETS_KEY: randomBytes(32).toString('base64'),
    PROVOST_QUEUE_TIME_FACTOR: String(TIME_FACTOR),
    PROVOST_DATABASE_POOL_SIZE: '5',
  };
  const roleId = await prepareService(database, env, proxy.port);
  fleet = new Fleet(
    nodes,
    (node) => ({
      ...env,
      PORT: '0',
      PROVOST_ROLES: 'api,worker,scheduler',
      PROVOST_DATA: folderOf(node, folder),
      DATABASE_URL: database.servingUrl,
    }),
    folder,
  );
  closing(() => fleet.stop());
  await fleet.untilServing(nodes, signal);
  const facts = new DatabaseFacts(database.servingUrl);
  return { folder, directory, proxy, fleet, facts, restartDatabase: database.restart, roleId };
}

/** A node finds its own again when it is started again. */
function folderOf(node: number, folder: string): string {
  const own = join(folder, `data-${node}`);
  mkdirSync(own, { recursive: true });
  return own;
}
