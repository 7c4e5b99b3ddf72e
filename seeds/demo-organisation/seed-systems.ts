// The two systems, their mappings, and the roles that give accounts by them.
import type { Actor } from '../../src/platform/http/index.js';
import type { MappingsService, RoleMappingsService, SystemsService } from '../../src/provisioning/index.js';
import { accountsConfig, prepareAccountsDatabase } from './accounts-database.js';
import type { RoleIds } from './occupations.js';
import {
  databaseMapping,
  demoDatabase,
  demoDirectory,
  type DemoMapping,
  type DemoSystem,
  directoryMapping,
  peopleBranch,
} from './systems.js';
import type { DemoTally } from './tally.js';

export interface DemoDirectoryLogin {
  readonly url: string;
  /** Has a branch `ou=people`. */
  readonly baseDn: string;
  readonly bindDn: string;
  readonly password: string;
}

export interface SystemsContext {
  readonly actor: Actor;
  readonly tally: DemoTally;
  readonly systems: SystemsService;
  readonly mappings: MappingsService;
  readonly roleMappings: RoleMappingsService;
  readonly directory: DemoDirectoryLogin;
  readonly database: { readonly url: string };
}

type System = Awaited<ReturnType<SystemsService['get']>>;

interface Connection {
  readonly config: Readonly<Record<string, unknown>>;
  /** Null when only the system itself knows it. */
  readonly password: string | null;
  readonly isPasswordNew: boolean;
}

/** More than there can be of either. */
const ALL = { limit: 10_000 };

/** Adds what is missing, and tells the systems where their servers are now; all else stays as it is. */
export async function seedSystems(context: SystemsContext, roleIds: RoleIds): Promise<void> {
  const present = await context.systems.list(ALL);
  const find = ({ name }: DemoSystem): System | undefined => present.find((one) => one.name === name);
  const { url, bindDn, baseDn, password } = context.directory;
  const directory: Connection = {
    config: { url, bindDn, baseDn: peopleBranch(baseDn) },
    password,
    isPasswordNew: false,
  };
  const known = find(demoDatabase);
  const prepared = await prepareAccountsDatabase(context.database.url, {
    // At another address the system needs its password again, and only it knows the old one.
    isPasswordKnown: known !== undefined && !hasMoved(known, accountsConfig(context.database.url)),
  });
  const database: Connection = {
    config: { ...prepared.config },
    password: prepared.password,
    isPasswordNew: prepared.password !== null,
  };
  for (const [demo, connection, mapping] of [
    [demoDirectory, directory, directoryMapping(baseDn)],
    [demoDatabase, database, databaseMapping],
  ] as const) {
    const systemId = await ensureSystem(context, demo, connection, find(demo));
    const mappingId = await ensureMapping(context, systemId, mapping);
    for (const role of demo.roles) await ensureRoleMapping(context, roleIds[role], mappingId);
  }
}

async function ensureSystem(
  { systems, actor, tally }: SystemsContext,
  { name, description, connector }: DemoSystem,
  { config, password, isPasswordNew }: Connection,
  present: System | undefined,
): Promise<string> {
  tally.count('systems', present ? 'present' : 'created');
  const secrets = password === null ? {} : { secrets: { password } };
  if (!present) {
    return (await systems.create(actor, { name, description, connector, config, ...secrets })).id;
  }
  // A demo server may come back at another port, and then perhaps with another password.
  if (hasMoved(present, config) || isPasswordNew)
    await systems.update(actor, present.id, { config, ...secrets });
  return present.id;
}

function hasMoved(present: System, config: object): boolean {
  return Object.entries(config).some(([key, value]) => present.config[key] !== value);
}

async function ensureMapping(
  { mappings, actor, tally }: SystemsContext,
  systemId: string,
  wanted: DemoMapping,
): Promise<string> {
  const [present] = await mappings.listOfSystem(systemId);
  tally.count('mappings', present ? 'present' : 'created');
  return (present ?? (await mappings.create(actor, systemId, wanted))).id;
}

async function ensureRoleMapping(
  { roleMappings, actor, tally }: SystemsContext,
  roleId: string,
  mappingId: string,
): Promise<void> {
  const present = await roleMappings.list(roleId, ALL);
  const isThere = present.some((one) => one.mappingId === mappingId);
  if (!isThere) await roleMappings.add(actor, roleId, mappingId);
  tally.count('roleMappings', isThere ? 'present' : 'created');
}
