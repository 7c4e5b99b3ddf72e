// The HTTP side of provisioning on a database of its own: a real queue without a worker, the real connectors, and one
// that misbehaves on demand.
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { Module } from '@nestjs/common';
import { z } from 'zod';
import { AuditModule } from '../../src/audit/index.js';
import { systemClock } from '../../src/platform/clock/index.js';
import { processSettings } from '../../src/platform/config/index.js';
import { Database, Partitions } from '../../src/platform/database/index.js';
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
import { compiledChild } from '../support/tmp-expression-child.js';
import { bootTestApp, type TestApp, type TestRequest, type TestResponse } from '../support/http-app.js';
import { createTestDatabase } from '../support/postgres.js';

/** Stands in no answer, no record, no log line and no row. */
export const CANARY = 'canary-7f3d-secret-of-a-system';

const paperConfig = z.strictObject({
  room: z.string().min(1).describe('Where the cabinet stands.'),
  shelf: z.int().min(1).max(9).default(1).describe('The shelf, 1 to 9.'),
  label: z.string().optional().describe('What is written on it.'),
});

/** What the cabinet does when it is opened, by its room. */
const ROOMS: Readonly<Record<string, (key: string) => never>> = {
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
  open: ({ room, shelf }, secrets): Connector => {
    const key = secrets['key']?.reveal() ?? '';
    const enter = (): void => void ROOMS[room]?.(key);
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

export interface ProvisioningApi {
  readonly api: TestApp;
  readonly url: string;
  readonly database: Database;
  /** Everything that was logged, as it would be written. */
  readonly log: () => string;
  /** How many connectors that were opened for a test are closed again. */
  readonly closedConnectors: () => number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec reads whatever the answer has
  call(method: string, path: string, body?: unknown, request?: TestRequest): Promise<TestResponse<any>>;
  /** `<topic> <id>` of every event that committed since the last call, in no order. */
  announced(): Promise<string[]>;
  close(): Promise<void>;
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

export async function bootProvisioning(): Promise<ProvisioningApi> {
  const { url, drop } = await createTestDatabase();
  const api = await bootTestApp({
    imports: [
      AuditModule,
      HealthModule,
      MetricsModule,
      QueueModule.of({ url, poolSize: 2 }),
      ProvisioningRestModule,
    ],
    entities: [...registryEntities, SystemEntity, MappingEntity, AttributeMappingEntity],
    settings: [processSettings, queueSettings],
    databaseUrl: url,
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
    decide: async () => 'seen',
  });
  const partitions = new Partitions(database, systemClock);
  for (const table of PARTITIONED) partitions.add(table);
  await partitions.ensure();
  return {
    api,
    url,
    database,
    log: () => lines.join(''),
    closedConnectors: () => closed,
    call: (method, path, body, request) =>
      api.request(method, path, body === undefined ? request : { ...request, body }),
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
      await drop();
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
