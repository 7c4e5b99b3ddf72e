import { z } from 'zod';
import { decodeCursor } from '../platform/http/index.js';
import type { RoleMapping } from './role-mappings.service.js';

const EXAMPLE = {
  mappingId: 'c0a3e1c8-6c57-4d0e-9a30-3f3a9a1b9d21',
  systemId: '6f0f2f7e-3a53-4b52-8c1c-0c8a3f9f2a11',
  systemName: 'Directory',
  entityType: 'identity',
  objectClass: 'inetOrgPerson',
  createdAt: '2026-03-01T08:00:00.000Z',
} as const;

const roleMappingResponse = z
  .object({
    mappingId: z.uuid().describe('The mapping.'),
    systemId: z.uuid().describe('The system on which the role gives an account.'),
    systemName: z.string().describe('The name of that system.'),
    entityType: z.literal('identity').describe('What gets the account.'),
    objectClass: z.string().describe('The kind of object it becomes.'),
    createdAt: z.iso.datetime().describe('Since when the role gives it.'),
  })
  .meta({ id: 'RoleMapping', description: 'An account that a role gives.', example: EXAMPLE });

export type RoleMappingResponse = z.output<typeof roleMappingResponse>;

export const roleMappingPage = z
  .object({
    items: z.array(roleMappingResponse).describe("In the order of the mappings' ids."),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'RoleMappingPage',
    description: 'Some of the accounts a role gives.',
    example: { items: [EXAMPLE], next: null },
  });

/** The last mapping of the page before. @throws Problem 400 */
export function decodeMappingCursor(cursor: string): string {
  return decodeCursor(cursor, z.tuple([z.uuid()]))[0];
}

export function toRoleMappingResponse({ createdAt, ...mapping }: RoleMapping): RoleMappingResponse {
  return { ...mapping, createdAt: createdAt.toISOString() };
}
