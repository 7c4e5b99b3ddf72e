// The whole application with a directory and a table to provision, and one role that gives an account on both.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as LdapClient, type Entry } from 'ldapts';
import { type LdapServer, startLdapServer } from '../../src/embedded/directory/index.js';
import { Database } from '../../src/platform/database/index.js';
import { MappingsService, RoleMappingsService, SystemsService } from '../../src/provisioning/index.js';
import { QueueFigures, QueueRuntime, Targets } from '../../src/queue/index.js';
import { IdentitiesService, RoleAssignmentsService, RolesService } from '../../src/registry/index.js';
import { createTestDatabase } from './postgres.js';
import { untilSettled } from './queue-bundle.js';
import { startWholeApp, type WholeApp } from './whole-app.js';

export const BASE_DN = 'dc=example,dc=org';
export const ADMIN_DN = `cn=admin,${BASE_DN}`;
export const PASSWORD = 'directory-password';
export const actor = { name: 'test', requestId: 'test-request' } as const;

/** Retries come in a second or two; an attempt may still take two. */
const ENV = { PROVOST_QUEUE_TIME_FACTOR: '0.1' };

export interface ProvisioningBundle {
  readonly whole: WholeApp;
  readonly database: Database;
  readonly identities: IdentitiesService;
  readonly assignments: RoleAssignmentsService;
  readonly roles: RolesService;
  readonly systems: SystemsService;
  readonly mappings: MappingsService;
  readonly targets: Targets;
  readonly roleId: string;
  readonly roleCode: string;
  readonly directory: TestDirectory;
  /** Waits until no operation is left, opening retries as their time comes. */
  settle(): Promise<void>;
  /** Waits until `condition` holds, looked at after every settled attempt. */
  until(condition: () => Promise<boolean> | boolean): Promise<void>;
  readonly close: () => Promise<void>;
}

export class TestDirectory {
  #server: LdapServer | null = null;
  #port = 0;

  private constructor(private readonly folder: string) {}

  static async start(): Promise<TestDirectory> {
    const directory = new TestDirectory(mkdtempSync(join(tmpdir(), 'provost-directory-')));
    await directory.startAgain();
    await directory.use(async (client) => {
      await client.add(BASE_DN, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
      await client.add(`ou=people,${BASE_DN}`, { objectClass: 'organizationalUnit', ou: 'people' });
    });
    return directory;
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  async startAgain(): Promise<void> {
    this.#server = await startLdapServer({
      dataDirectory: this.folder,
      port: this.#port,
      baseDn: BASE_DN,
      adminDn: ADMIN_DN,
      password: PASSWORD,
      durable: false,
    });
    this.#port = this.#server.port;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a person with ldapsearch sees. */
  async find(uid: string): Promise<Entry | undefined> {
    return this.use(async (client) => {
      const { searchEntries } = await client.search(`ou=people,${BASE_DN}`, {
        scope: 'one',
        filter: `(uid=${uid})`,
        attributes: ['*', 'entryUUID'],
        explicitBufferAttributes: ['jpegPhoto'],
      });
      return searchEntries[0];
    });
  }

  async use<Result>(work: (client: LdapClient) => Promise<Result>): Promise<Result> {
    const client = new LdapClient({ url: this.url });
    try {
      await client.bind(ADMIN_DN, PASSWORD);
      return await work(client);
    } finally {
      await client.unbind();
    }
  }
}

export function directorySystem(
  port: number,
  overrides: Record<string, unknown> = {},
): Parameters<SystemsService['create']>[1] {
  return {
    name: 'Directory',
    connector: 'ldap',
    config: { url: `ldap://127.0.0.1:${port}`, bindDn: ADMIN_DN, baseDn: `ou=people,${BASE_DN}` },
    secrets: { password: PASSWORD },
    ...overrides,
  };
}

export const directoryMapping: Parameters<MappingsService['create']>[2] = {
  entityType: 'identity',
  objectClass: 'inetOrgPerson',
  identifierExpression: `rdn('uid', identity.login) + ',ou=people,${BASE_DN}'`,
  attributes: [
    { attribute: 'uid', expression: 'identity.login' },
    { attribute: 'cn', expression: "identity.givenName + ' ' + identity.surname" },
    { attribute: 'sn', expression: 'identity.surname' },
    { attribute: 'title', expression: 'identity.title' },
    { attribute: 'mail', expression: 'identity.email', isMultivalued: true },
    { attribute: 'jpegPhoto', expression: 'default(form.photo, null)' },
    { attribute: 'employeeNumber', expression: 'identity.id', isCorrelation: true },
  ],
};

export async function startProvisioning(
  options: {
    directoryPort?: (directory: TestDirectory) => Promise<number> | number;
    mapping?: typeof directoryMapping;
  } = {},
): Promise<ProvisioningBundle> {
  const testDatabase = await createTestDatabase();
  const directory = await TestDirectory.start();
  const whole = await startWholeApp(testDatabase.url, ENV);
  const { app } = whole;
  await app.get(QueueRuntime).start();
  const systems = app.get(SystemsService);
  const mappings = app.get(MappingsService);
  const roles = app.get(RolesService);
  const port = (await options.directoryPort?.(directory)) ?? directory.port;
  const system = await systems.create(actor, directorySystem(port));
  const mapping = await mappings.create(actor, system.id, options.mapping ?? directoryMapping);
  const role = await roles.create(actor, { code: 'employee', name: 'Employee' });
  await app.get(RoleMappingsService).add(actor, role.id, mapping.id);
  const database = app.get(Database);
  const targets = app.get(Targets);
  const figures = app.get(QueueFigures);
  const isEmpty = async (): Promise<boolean> => {
    await targets.openDueRetries();
    const [row] = await database.query<{ waiting: number }>(
      'select count(*) as waiting from queue_operations',
    );
    return row?.waiting === 0;
  };
  const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
    // Retries fall due by time alone, without an attempt that ends.
    const ticks = setInterval(() => void targets.openDueRetries().catch(() => undefined), 50);
    try {
      await untilSettled(figures, condition);
    } finally {
      clearInterval(ticks);
    }
  };
  // What the system, mapping and role announced is done: from here on a test sees its own operations alone.
  await until(isEmpty);
  return {
    whole,
    database,
    identities: app.get(IdentitiesService),
    assignments: app.get(RoleAssignmentsService),
    roles,
    systems,
    mappings,
    targets,
    roleId: role.id,
    roleCode: 'employee',
    directory,
    settle: () => until(isEmpty),
    until,
    close: async () => {
      await whole.close();
      await directory.remove();
      await testDatabase.drop();
    },
  };
}
