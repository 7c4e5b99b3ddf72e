import { z } from 'zod';
import { decodeCursor, lineText, multilineText, pageQuery } from '../platform/http/index.js';
import type { ConnectorErrorCode } from './connector/connector-error.js';
import { INSECURE, type SystemWarning } from './domain/system-endpoint.js';
import type { SystemRow } from './system.queries.js';

const name = lineText(128).describe('Unique, whatever its case; the queue shows it as system:<name>.');

const settingName = z.string().max(200);

const config = z
  .record(settingName, z.unknown())
  .describe("The connector's settings; GET /api/v1/connectors has their JSON Schema.");

const secrets = z
  .record(settingName, multilineText(8192).min(1, 'must not be empty'))
  .describe('Write-only and kept encrypted; GET /api/v1/connectors names them.');

const seconds = z.number().min(1).max(2_592_000);

const ownRetryPolicy = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('exponential').describe('Ever longer, at random up to the delay of the moment.'),
      firstDelaySeconds: seconds.describe('The longest delay after the first failure.'),
      factor: z.number().min(1).max(100).describe('How much longer each delay may be than the one before.'),
      longestDelaySeconds: seconds.describe('No delay is longer.'),
      giveUpAfterSeconds: seconds.describe('After so long the next failure is the last.'),
    })
    .describe('Ever longer delays.'),
  z
    .strictObject({
      type: z.literal('steps').describe('One delay after each failure.'),
      delaysSeconds: z
        .array(seconds)
        .max(50)
        .readonly()
        .describe('The failure after the last delay is the last.'),
    })
    .describe('Delays one by one.'),
]);

const fields = {
  name,
  description: multilineText(2000).describe('What the system is for.'),
  connector: z.string().min(1).max(64).describe('The kind of its connector; it never changes.'),
  isAsynchronous: z.boolean().describe('Whether changes wait for the next run of ProvisioningQueue.'),
  concurrency: z.int().min(1).max(64).describe('Operations that run on it at the same time, over all nodes.'),
  ratePerSecond: z
    .number()
    .min(0.01)
    .max(100_000)
    .nullable()
    .describe('Attempts it takes in a second, over all nodes; null for as many as there are.'),
  retryPolicy: z
    .union([z.enum(['default', 'czechidm']), ownRetryPolicy])
    .describe(
      'When a failed operation is tried again. default: after 15 s, then ever later up to 1 h, for 24 h; ' +
        'czechidm: after 2 min, 5 min, 20 min, 2 h and 12 h; or one of its own.',
    ),
};

const example = {
  name: 'Directory',
  description: 'Accounts of staff and students.',
  connector: 'ldap',
  config: {
    url: 'ldaps://directory.example.org',
    bindDn: 'cn=provost,dc=example,dc=org',
    baseDn: 'ou=people,dc=example,dc=org',
  },
  isAsynchronous: false,
  concurrency: 4,
  ratePerSecond: null,
  retryPolicy: 'default',
} as const;

export const createSystemRequest = z
  .strictObject({
    ...fields,
    description: fields.description.default(''),
    config,
    secrets: secrets.default({}),
    isAsynchronous: fields.isAsynchronous.default(false),
    concurrency: fields.concurrency.default(8),
    ratePerSecond: fields.ratePerSecond.default(null),
    retryPolicy: fields.retryPolicy.default('default'),
  })
  .meta({
    id: 'CreateSystemRequest',
    description: 'A new system. Nothing is sent to it before a role has a mapping on it.',
    example: { ...example, secrets: { password: 'correct horse battery staple' } },
  });

export const updateSystemRequest = z
  .strictObject({
    name,
    description: fields.description,
    config: config.describe('Only these settings change; null takes one back to its default.'),
    secrets: secrets.describe(
      'Only these secrets change; the others stay. All of them are needed when `config` changes where they are sent.',
    ),
    isAsynchronous: fields.isAsynchronous,
    concurrency: fields.concurrency,
    ratePerSecond: fields.ratePerSecond,
    retryPolicy: fields.retryPolicy,
  })
  .partial()
  .meta({
    id: 'UpdateSystemRequest',
    description: 'The fields to change; others stay as they are.',
    example: {
      config: { url: 'ldaps://directory2.example.org' },
      secrets: { password: 'correct horse battery staple' },
    },
  });

/** What a new system is made of; seeds use it too. */
export type CreateSystem = z.input<typeof createSystemRequest>;
export type UpdateSystem = z.output<typeof updateSystemRequest>;

const EXAMPLE = {
  id: '6f0f2f7e-3a53-4b52-8c1c-0c8a3f9f2a11',
  ...example,
  secretNames: ['password'],
  warnings: [],
  version: 1,
  createdAt: '2026-03-01T08:00:00.000Z',
  updatedAt: '2026-03-01T08:00:00.000Z',
};

export const systemResponse = z
  .object({
    id: z.uuid().describe('Names the system for ever.'),
    ...fields,
    config,
    secretNames: z
      .array(z.string())
      .describe("Names of the secrets that are set and open with this installation's key."),
    warnings: z
      .array(
        z.object({
          code: z
            .enum([...INSECURE, 'refused'])
            .describe('What somebody chose to do without; refused: the system is not used like this.'),
          text: z.string().describe('What follows from it.'),
        }),
      )
      .describe('What is unsafe about its settings, or keeps it from being used; empty when nothing is.'),
    version: z.int().min(1).max(2_147_483_647).describe('Counts the changes of the system; also the ETag.'),
    createdAt: z.iso.datetime().describe('When the system was created.'),
    updatedAt: z.iso.datetime().describe('When it last changed.'),
  })
  .meta({ id: 'System', description: 'A target of provisioning, without its secrets.', example: EXAMPLE });

export type SystemResponse = z.output<typeof systemResponse>;

export const systemPage = z
  .object({
    items: z.array(systemResponse).describe('Systems in the order of their names.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'SystemPage',
    description: 'Some of the systems.',
    example: { items: [EXAMPLE], next: null },
  });

export const systemListQuery = pageQuery.extend({
  /** Longer than the platform's: a cursor holds a name, which may need several bytes a character. */
  after: z.string().max(2048).optional().describe('The `next` of the page before.'),
});

/** The name of the last system of the page before. @throws Problem 400 */
export function decodeNameCursor(cursor: string): string {
  return decodeCursor(cursor, z.tuple([lineText(128)]))[0];
}

/** A system as people may see it: its secrets by name only. */
export type System = Omit<SystemRow, 'sealedSecrets' | 'targetId'> & {
  readonly secretNames: readonly string[];
  readonly warnings: readonly SystemWarning[];
};

export function toSystemResponse(system: System): SystemResponse {
  return {
    id: system.id,
    name: system.name,
    description: system.description,
    connector: system.connector,
    config: system.config,
    secretNames: [...system.secretNames],
    warnings: [...system.warnings],
    isAsynchronous: system.mode === 'asynchronous',
    concurrency: system.concurrency,
    ratePerSecond: system.ratePerSecond,
    retryPolicy: system.retryPolicy,
    version: system.version,
    createdAt: system.createdAt.toISOString(),
    updatedAt: system.updatedAt.toISOString(),
  };
}

const CODES = [
  'unreachable',
  'timeout',
  'busy',
  'rate-limited',
  'invalid-credentials',
  'permission-denied',
  'misconfigured',
  'already-exists',
  'not-found',
  'parent-missing',
  'stale',
  'conflict',
  'invalid-attribute',
] as const satisfies readonly ConnectorErrorCode[];

export const systemFinding = z
  .object({
    ok: z.boolean().describe('Whether the system was reached and let Provost in.'),
    detail: z.string().describe('What was reached; or what failed, and what to do.'),
    code: z.enum(CODES).optional().describe('Why it failed, in one word.'),
  })
  .meta({
    id: 'SystemFinding',
    description: 'What a test of a system found.',
    example: {
      ok: false,
      code: 'invalid-credentials',
      detail: "Invalid credentials — Correct the system's user or password (PATCH /api/v1/systems/{id}).",
    },
  });

export type SystemFinding = z.output<typeof systemFinding>;

export const objectClassName = lineText(200).describe('The object class, such as inetOrgPerson or a table.');

export const objectClassResponse = z
  .object({
    name: z.string().describe('The object class as the system writes it.'),
    attributes: z
      .array(
        z.object({
          name: z.string().describe('The attribute as the system writes it.'),
          isRequired: z.boolean().describe('Whether an object cannot be without it.'),
          isMultivalued: z.boolean().describe('Whether it can have several values.'),
          isBinary: z.boolean().describe('Whether its values are bytes.'),
        }),
      )
      .describe('What an object of the class can have.'),
  })
  .meta({
    id: 'ObjectClass',
    description: 'What a system offers for one object class.',
    example: {
      name: 'inetOrgPerson',
      attributes: [{ name: 'cn', isRequired: true, isMultivalued: true, isBinary: false }],
    },
  });

export type ObjectClassResponse = z.output<typeof objectClassResponse>;
