// The HTTP side of provisioning on a database of its own: a real queue without a worker, the real connectors, and one
// that misbehaves on demand.
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { expect } from '@jest/globals';
import { Module } from '@nestjs/common';
import { z } from 'zod';
import { AuditModule } from '../../src/audit/index.js';
import { processSettings } from '../../src/platform/config/index.js';
import { Database, Partitions } from '../../src/platform/database/index.js';
import { DialerModule, dialerSettings } from '../../src/platform/dialer/index.js';
import { Expressions } from '../../src/platform/expressions/index.js';
import { HealthModule } from '../../src/platform/health/index.js';
import { JsonLogger } from '../../src/platform/logging/index.js';
import { MetricsModule } from '../../src/platform/metrics/index.js';
import { connectors } from '../../src/plugins/connectors/index.js';
import { CONNECTOR_DEFINITIONS } from '../../src/provisioning/connector/connector-catalogue.js';
import { SystemConnectors } from '../../src/provisioning/connector/system-connectors.js';
import { type Connector, type ConnectorDefinition, ConnectorError } from '../../src/provisioning/index.js';
import { AttributeMappingEntity, MappingEntity } from '../../src/provisioning/mapping.entity.js';
import { provisioningControllers, provisioningProviders } from '../../src/provisioning/provisioning.rest.js';
import { SystemEntity } from '../../src/provisioning/system.entity.js';
import { DurableEvents, QueueModule, queueSettings } from '../../src/queue/index.js';
import { registryEntities, RegistryModule } from '../../src/registry/index.js';
import { compiledChild } from '../support/expression-child.js';
import { bootTestApp, type TestApp, type TestResponse } from '../support/http-app.js';
import { createTestDatabase } from '../support/postgres.js';

/** Stands in no answer, no record, no log line and no row. */
export const CANARY = 'canary-7f3d-secret-of-a-system';

const paperConfig = z.strictObject({
  room: z.string().min(1).describe('Where the cabinet stands.'),
  shelf: z.int().min(1).max(9).default(1).describe('The shelf, 1 to 9.'),
  label: z.string().optional().describe('What is written on it.'),
});

/** What the cabinet does when it is opened, by its room. */
const ROOMS: Readonly<Record<string, (key: string) => void>> = {
  locked: (key) => {
    throw new ConnectorError('invalid-credentials', `the key ${key} does not fit`);
  },
  broken: (key) => {
    throw new TypeError(`cannot read properties of ${key}`);
  },
};

let closed = 0;

/** A connector that repeats its secrets where it can. */
const paperConnector: ConnectorDefinition<typeof paperConfig> = {
  kind: 'paper',
  title: 'Filing cabinet',
  config: paperConfig,
  secrets: { key: 'The key of the cabinet.' },
  booleans: ['no', 'yes'],
  endpoint: () => ({ host: 'archive.example.org', port: 4711, isEncrypted: true }),
  open: ({ room, shelf }, secrets): Connector => {
    const key = secrets['key']?.reveal() ?? '';
    const enter = (): void => ROOMS[room]?.(key);
    const unused = async (): Promise<never> => {
      throw new Error('nobody writes here');
    };
    return {
      test: async () => {
        enter();
        return `Opened shelf ${shelf} in room ${room} with ${key}.`;
      },
      schema: async (name) => {
        enter();
        const attribute = { isRequired: true, isMultivalued: false, isBinary: false };
        return { name, attributes: [{ name: 'title', ...attribute }] };
      },
      read: unused,
      create: unused,
      update: unused,
      rename: unused,
      delete: unused,
      search: () => {
        throw new Error('nobody searches here');
      },
      isSameIdentifier: (left, right) => left === right,
      close: async () => {
        closed += 1;
      },
    };
  },
};

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { pointer: string; detail: string }[];
}

export interface Item {
  readonly id: string;
}

/** Whatever a route answers, as far as a spec looks into it. */
export interface Answer extends Item, Problem {
  readonly name: string;
  readonly kind: string;
  readonly code: string;
  readonly login: string;
  readonly mappingId: string;
  readonly version: number;
  readonly ok: boolean;
  readonly config: object;
  readonly secretNames: readonly string[];
  readonly attributes: readonly object[];
  readonly identity: { readonly id: string; readonly login: string | null };
  readonly lastOperations: readonly Item[];
  readonly items: readonly Answer[];
  readonly next: string | null;
}

export interface AuditRecord {
  readonly action: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ProvisioningApi {
  readonly api: TestApp;
  readonly url: string;
  readonly database: Database;
  /** Everything that was logged, as it would be written. */
  readonly log: () => string;
  /** How many connectors that were opened for a test are closed again. */
  readonly closedConnectors: () => number;
  /** Fails when an answer of any kind holds a secret. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<TestResponse<Answer>>;
  readonly aSystem: (overrides?: object) => Promise<Item>;
  readonly aMappingOf: (system: Item, overrides?: object) => Promise<Item>;
  readonly aRole: () => Promise<Item>;
  readonly anIdentity: (fields?: object) => Promise<Item>;
  /** A row without an object; gives its id. */
  readonly anAccount: (mapping: Item, system: Item, fields?: object) => Promise<number>;
  /** A lane on the system's target, as if one operation were in it; gives its id. */
  readonly aLane: (system: Item, key: string, state: string) => Promise<number>;
  readonly auditOf: (id: string) => Promise<AuditRecord[]>;
  /** `<topic> <id>` of every event that committed since the last call, in no order. */
  readonly announced: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

@Module({
  imports: [RegistryModule],
  controllers: [...provisioningControllers],
  providers: [
    ...provisioningProviders,
    SystemConnectors,
    { provide: CONNECTOR_DEFINITIONS, useValue: [...connectors, paperConnector] },
    {
      provide: Expressions,
      useFactory: () =>
        new Expressions({
          log: { warn: () => undefined, error: () => undefined },
          childEntry: compiledChild(),
        }),
    },
  ],
})
class ProvisioningRestModule {}

export async function bootProvisioning(env: Record<string, string> = {}): Promise<ProvisioningApi> {
  const testDatabase = await createTestDatabase();
  const { url } = testDatabase;
  const api = await bootTestApp({
    imports: [
      AuditModule,
      DialerModule,
      HealthModule,
      MetricsModule,
      QueueModule.of({ url, poolSize: 2, statementTimeoutMs: 15_000 }),
      ProvisioningRestModule,
    ],
    entities: [...registryEntities, SystemEntity, MappingEntity, AttributeMappingEntity],
    settings: [processSettings, dialerSettings, queueSettings],
    databaseUrl: url,
    env,
  });
  const lines: string[] = [];
  const logged = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  api.app.useLogger(new JsonLogger('debug', logged));
  const database = api.app.get(Database);
  api.app.get(DurableEvents).subscribe({
    name: 'watcher',
    topics: ['identity', 'role', 'mapping', 'system'],
    seesNewestOnly: false,
    decide: async () => 'seen',
  });
  const partitions = new Partitions(database);
  for (const table of PARTITIONED) partitions.add(table);
  await partitions.ensure();
  const call: ProvisioningApi['call'] = async (method, path, body, headers = {}) => {
    const response = await api.request<Answer>(method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    expect(JSON.stringify(response.body ?? null)).not.toContain(CANARY);
    return response;
  };
  return {
    api,
    url,
    database,
    log: () => lines.join(''),
    closedConnectors: () => closed,
    call,
    ...builders(call, database),
    auditOf: (id) =>
      database.query<AuditRecord>(
        'select action, before, after from audit_records where object_id = $1 order by id',
        [id],
      ),
    announced: async () => {
      const rows = await database.query<{ event: string }>(
        `delete from queue_operations where kind = 'watcher'
         returning payload->>'topic' || ' ' || (payload->>'id') as event`,
      );
      return rows.map(({ event }) => event);
    },
    close: async () => {
      await api.app.get(Expressions).close();
      await api.close();
      await testDatabase.drop();
    },
  };
}

type Builders = Pick<
  ProvisioningApi,
  'aSystem' | 'aMappingOf' | 'aRole' | 'anIdentity' | 'anAccount' | 'aLane'
>;

function builders(call: ProvisioningApi['call'], database: Database): Builders {
  const created = async (path: string, body: object): Promise<Item> => {
    const response = await call('POST', path, body);
    expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
    return response.body;
  };
  const anIdentity: Builders['anIdentity'] = (fields) =>
    created('/api/v1/identities', {
      login: unique('person'),
      givenName: 'Anna',
      surname: 'Nová',
      ...fields,
    });
  return {
    anIdentity,
    aSystem: (overrides) => created('/api/v1/systems', aCabinet(overrides)),
    aMappingOf: (system, overrides) => created(`/api/v1/systems/${system.id}/mappings`, aMapping(overrides)),
    aRole: () => created('/api/v1/roles', { code: unique('role'), name: 'A role' }),
    anAccount: async (mapping, system, fields) => {
      const { id } = await anIdentity();
      const row = {
        system_id: system.id,
        mapping_id: mapping.id,
        entity_type: 'identity',
        entity_id: id,
        ...fields,
      };
      const columns = Object.keys(row);
      const [account] = await database.query<{ id: number }>(
        `insert into provisioning_accounts (${columns.join(', ')})
         values (${columns.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
        Object.values(row),
      );
      return account?.id ?? -1;
    },
    aLane: async (system, key, state) => {
      const [lane] = await database.query<{ id: number }>(
        `insert into queue_lanes (key, target_id, shard, state, tail_seq)
         select $2, s.target_id, 0, $3, 1 from provisioning_systems s where s.id = $1 returning id`,
        [system.id, key, state],
      );
      return lane?.id ?? -1;
    },
  };
}

const PARTITIONED = [
  'queue_archive',
  'queue_attempts',
  'provisioning_operations',
  'provisioning_operation_attributes',
];

export const unique = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`;

export const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

export const ifMatch = (version: number): Record<string, string> => ({ 'if-match': `"${version}"` });

export function expectProblem(response: TestResponse<Answer>, status: number, type: string): Problem {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const { body } = response;
  expect({ status: response.status, type: body.type }).toEqual({ status, type: `/problems/${type}` });
  return body;
}

/** A system of the connector that misbehaves on demand. */
export const aCabinet = (overrides: object = {}): object => ({
  name: unique('Cabinet'),
  connector: 'paper',
  config: { room: 'open' },
  secrets: { key: CANARY },
  ...overrides,
});

export const aMapping = (overrides: object = {}): object => ({
  entityType: 'identity',
  objectClass: 'record',
  identifierExpression: 'identity.login',
  attributes: [
    { attribute: 'title', expression: "identity.givenName + ' ' + identity.surname" },
    { attribute: 'number', expression: 'identity.id', isCorrelation: true },
  ],
  ...overrides,
});
