import { z } from 'zod';
import { lineText, type Permission } from '../../platform/http/index.js';
import { newLogin } from '../operator.schema.js';

const PERMISSION = /^[a-z]+(?:-[a-z]+)*\.(?:read|write|operate)$/;
const EXAMPLE_KEY = 'provost_key_mK1yQ0Tt0H5f2rXv0Y0Uo3p0b1yq7rZrL7w0mJmO5Xg';

const displayName = lineText(200).describe('The name people know the service by.');

const permissions = z
  .array(z.templateLiteral([z.string(), '.', z.enum(['read', 'write', 'operate'])]))
  .min(1, 'must name at least one permission')
  .max(200)
  .refine(
    (list) => list.every((permission) => PERMISSION.test(permission)),
    'must be permissions such as identities.read, one by one: there is no wildcard',
  )
  .refine((list) => new Set(list).size === list.length, 'must not name a permission twice')
  .describe('What the service may do, one by one: each is the x-permission of a route.');

export const createServiceRequest = z.strictObject({ login: newLogin, displayName, permissions }).meta({
  id: 'CreateServiceRequest',
  description: 'A new service.',
  example: {
    login: 'hr-import',
    displayName: 'HR import',
    permissions: ['identities.read', 'identities.write'],
  },
});

export type CreateServiceRequest = z.infer<typeof createServiceRequest>;

export const changeServiceRequest = z
  .strictObject({
    displayName: displayName.optional(),
    permissions: permissions.optional(),
    isDisabled: z.boolean().optional().describe('true: its keys give no tokens, and those it has end.'),
  })
  .refine((change) => Object.keys(change).length > 0, 'must name at least one thing to change')
  .meta({
    id: 'ChangeServiceRequest',
    description: 'What is to change; what is not named stays.',
    example: { isDisabled: true },
  });

export type ChangeServiceRequest = z.infer<typeof changeServiceRequest>;

const serviceFields = z.object({
  id: z.uuid().describe('Never changes.'),
  login: z.string().describe('The name it has in the audit record, behind "service:".'),
  displayName: z.string().describe('The name people know the service by.'),
  permissions: z.array(z.string()).describe('What the service may do.'),
  isDisabled: z.boolean().describe('Whether its keys are refused.'),
  createdAt: z.iso.datetime().describe('When the service was created.'),
});

const EXAMPLE: z.infer<typeof serviceFields> = {
  id: '2c3a8e52-5d5b-4f7e-9c39-0f0d3bbf2e14',
  login: 'hr-import',
  displayName: 'HR import',
  permissions: ['identities.read', 'identities.write'],
  isDisabled: false,
  createdAt: '2026-11-24T06:17:00.000Z',
};

export const serviceDocument = serviceFields.meta({
  id: 'Service',
  description: 'A program that may use Provost with keys.',
  example: EXAMPLE,
});

export type ServiceDocument = z.infer<typeof serviceDocument>;

export const servicePage = z
  .object({
    items: z.array(serviceDocument).describe('The services of this page, by login.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'ServicePage',
    description: 'One page of services.',
    example: { items: [EXAMPLE], next: null },
  });

interface ServiceRow {
  readonly id: string;
  readonly login: string;
  readonly displayName: string;
  readonly permissions: readonly Permission[];
  readonly isDisabled: boolean;
  readonly createdAt: Date;
}

export function toServiceDocument(service: ServiceRow): ServiceDocument {
  const { id, login, displayName: name, permissions: allowed, isDisabled, createdAt } = service;
  return {
    id,
    login,
    displayName: name,
    permissions: [...allowed],
    isDisabled,
    createdAt: createdAt.toISOString(),
  };
}

export const createServiceKeyRequest = z
  .strictObject({
    name: lineText(100).describe('What it is for, so that people know which one to revoke.'),
    expiresInDays: z.int().min(1).max(366).default(90).describe('Days until it expires.'),
  })
  .meta({
    id: 'CreateServiceKeyRequest',
    description: 'A new key of a service.',
    example: { name: 'import on host a', expiresInDays: 90 },
  });

export type CreateServiceKeyRequest = z.infer<typeof createServiceKeyRequest>;

const keyFields = z.object({
  id: z.uuid().describe('The key, without being it.'),
  name: z.string().describe('What it is for.'),
  createdAt: z.iso.datetime().describe('When it was made.'),
  expiresAt: z.iso.datetime().describe('When it expires.'),
  revokedAt: z.iso.datetime().nullable().describe('When it was revoked; null when it was not.'),
  lastUsedAt: z.iso.datetime().nullable().describe('When it last gave a token; null when it never did.'),
  lastUsedAddress: z.string().nullable().describe('Where from.'),
});

const KEY_EXAMPLE: z.infer<typeof keyFields> = {
  id: '7d1f0a4c-8f3e-4e0a-b7a5-6a2f4f1c9d10',
  name: 'import on host a',
  createdAt: '2026-11-24T06:17:00.000Z',
  expiresAt: '2027-02-22T06:17:00.000Z',
  revokedAt: null,
  lastUsedAt: null,
  lastUsedAddress: null,
};

export type ServiceKeyDocument = z.infer<typeof keyFields>;

export const serviceKeyPage = z
  .object({
    items: z.array(keyFields).describe('The keys of this page, the oldest first.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'ServiceKeyPage',
    description: 'One page of the keys of a service, without what proves them.',
    example: { items: [KEY_EXAMPLE], next: null },
  });

export const madeServiceKey = keyFields
  .extend({ key: z.string().describe('The key itself. It is answered this once; store it now.') })
  .meta({
    id: 'MadeServiceKey',
    description: 'A key that was just made.',
    example: { ...KEY_EXAMPLE, key: EXAMPLE_KEY },
  });

export type MadeServiceKey = z.infer<typeof madeServiceKey>;
