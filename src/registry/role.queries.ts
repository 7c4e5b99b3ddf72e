// How roles are listed.
import type { Database } from '../platform/database/index.js';
import type { RoleEntity } from './role.entity.js';

export interface RoleFilter {
  readonly identityId?: string | undefined;
  /** Only roles whose code comes after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** In the order of their codes, one more than `limit` when there are more. */
export async function listRoles(database: Database, filter: RoleFilter): Promise<RoleEntity[]> {
  return database.query<RoleEntity>(
    `select role.id, role.code, role.name, role.description, role.version,
       role.created_at as "createdAt", role.updated_at as "updatedAt"
     from registry_roles role
     where ($1::uuid is null or exists (
         select from registry_role_assignments assignment
         where assignment.identity_id = $1 and assignment.role_id = role.id
       ))
       and ($2::text is null or role.code > $2)
     order by role.code
     limit $3`,
    [filter.identityId ?? null, filter.after ?? null, filter.limit + 1],
  );
}
