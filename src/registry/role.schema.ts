// Roles as the API takes and gives them.
import { z } from 'zod';
import { decodeCursor, lineText, pageQuery } from '../platform/http/index.js';
import type { RoleEntity } from './role.entity.js';

export const roleCode = z
  .string()
  .max(128, { error: 'must have at most 128 characters', abort: true })
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/,
    'must be 1 to 128 of: letters and digits of ASCII, and . _ : / - after the first',
  )
  .describe("The role's short, unique name.");

const fields = {
  code: roleCode,
  name: lineText(200).describe('The name as it is shown.'),
  description: lineText(2000).nullable().describe('What the role is for; null when nobody said.'),
};

const example = { code: 'staff', name: 'Staff', description: 'Everybody who is employed here.' };

export const createRoleRequest = z
  .strictObject({
    ...fields,
    description: fields.description.default(null),
  })
  .meta({ id: 'CreateRoleRequest', description: 'A new role.', example });

export const updateRoleRequest = z
  .strictObject(fields)
  .partial()
  .meta({
    id: 'UpdateRoleRequest',
    description: 'The fields to change; others stay as they are.',
    example: { name: 'Employees' },
  });

/** What a new role is made of; seeds use it too. */
export type CreateRole = z.input<typeof createRoleRequest>;
export type UpdateRole = z.output<typeof updateRoleRequest>;

export const roleResponse = z
  .object({
    id: z.uuid().describe('Names the role for ever.'),
    ...fields,
    version: z.int().min(1).max(2_147_483_647).describe('Counts the changes of these fields; also the ETag.'),
    createdAt: z.iso.datetime().describe('When the role was created.'),
    updatedAt: z.iso.datetime().describe('When one of these fields last changed.'),
  })
  .meta({
    id: 'Role',
    description: 'What people can have in common.',
    example: {
      id: '6a1f3a5e-93a5-4a38-8cdd-0a6f6a6d8f0b',
      ...example,
      version: 1,
      createdAt: '2026-03-01T08:00:00.000Z',
      updatedAt: '2026-03-01T08:00:00.000Z',
    },
  });

export type RoleResponse = z.output<typeof roleResponse>;

export const rolePage = z
  .object({
    items: z.array(roleResponse).describe('Roles in the order of their codes.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({ id: 'RolePage', description: 'Some of the roles.' });

export const roleListQuery = z.strictObject(pageQuery.shape);

/** The code of the last role of the page before. @throws Problem 400 */
export function decodeCodeCursor(cursor: string): string {
  return decodeCursor(cursor, z.tuple([roleCode]))[0];
}

export function toRoleResponse(role: RoleEntity): RoleResponse {
  return {
    id: role.id,
    code: role.code,
    name: role.name,
    description: role.description,
    version: role.version,
    createdAt: role.createdAt.toISOString(),
    updatedAt: role.updatedAt.toISOString(),
  };
}
