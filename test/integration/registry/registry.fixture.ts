// The registry's services on a database of their own, and what they announced to a subscriber that only watches.
import { AuditLog } from '../../../src/audit/index.js';
import { Database } from '../../../src/platform/database/index.js';
import type { Actor } from '../../../src/platform/http/index.js';
import { DurableEvents, OperationKinds, Queue } from '../../../src/queue/index.js';
import { WakeUp } from '../../../src/queue/wake-up.js';
import {
  Attachments,
  FormAttributesService,
  FormValuesService,
  IdentitiesService,
  IdentityReader,
  registryEntities,
  RoleAssignmentsService,
  RolesService,
} from '../../../src/registry/index.js';
import { createTestDatabase } from '../../support/postgres.js';

export const actor: Actor = { name: 'local:tester', requestId: 'request-1' };

export interface RegistryBundle {
  readonly url: string;
  readonly database: Database;
  readonly events: DurableEvents;
  readonly identities: IdentitiesService;
  readonly roles: RolesService;
  readonly assignments: RoleAssignmentsService;
  readonly attributes: FormAttributesService;
  readonly values: FormValuesService;
  readonly attachments: Attachments;
  readonly reader: IdentityReader;
  /** `<topic> <id>` of every event that committed since the last call, in no order. */
  announced(): Promise<string[]>;
  /** Attachments, chunks and values there are. */
  stored(): Promise<{ attachments: number; chunks: number; values: number }>;
  close(): Promise<void>;
}

export async function startRegistry(): Promise<RegistryBundle> {
  const testDatabase = await createTestDatabase();
  const { url } = testDatabase;
  const database = new Database({
    url,
    applicationName: 'test',
    poolSize: 10,
    statementTimeoutMs: 15_000,
    entities: registryEntities,
  });
  await database.connect();
  const watched = await watchedEvents(url);
  const { events } = watched;
  const audit = new AuditLog();
  const roles = new RolesService(database, audit, events);
  const attachments = new Attachments(database);
  const attributes = new FormAttributesService(database, audit);
  return {
    url,
    database,
    events,
    roles,
    attachments,
    attributes,
    identities: new IdentitiesService(database, audit, events, roles, attachments),
    assignments: new RoleAssignmentsService(database, audit, events),
    values: new FormValuesService(database, audit, events, attributes, attachments),
    reader: new IdentityReader(),
    announced: async () => {
      const rows = await database.query<{ event: string }>(
        `delete from queue_operations where kind = 'watcher'
         returning payload->>'topic' || ' ' || (payload->>'id') as event`,
      );
      return rows.map(({ event }) => event);
    },
    stored: async () => {
      const [row] = await database.query<{ attachments: number; chunks: number; values: number }>(
        `select (select count(*) from registry_attachments) as attachments,
                (select count(*) from registry_attachment_chunks) as chunks,
                (select count(*) from registry_form_values) as "values"`,
      );
      return row ?? { attachments: -1, chunks: -1, values: -1 };
    },
    close: async () => {
      await watched.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}

/** Real events without a worker: what is announced stays in the queue. */
export async function watchedEvents(url: string): Promise<{ events: DurableEvents; close(): Promise<void> }> {
  const kinds = new OperationKinds();
  const wakeUp = new WakeUp(url);
  await wakeUp.onApplicationBootstrap();
  const events = new DurableEvents(new Queue(kinds, wakeUp), kinds);
  events.subscribe({
    name: 'watcher',
    topics: ['identity', 'role'],
    seesNewestOnly: false,
    decide: async () => 'seen',
  });
  return { events, close: () => wakeUp.onApplicationShutdown() };
}

export function aJpeg(size: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 8) * 7 + seed) & 0xff;
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]).copy(bytes);
  return bytes;
}

/** In pieces, as from a network. */
export async function* pieces(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
