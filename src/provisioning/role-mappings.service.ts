import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import { DurableEvents } from '../queue/index.js';
import { RolesService } from '../registry/index.js';
import { lockMapping, type Mapping } from './mapping.queries.js';
import { referringTable } from './provisioning.problems.js';

/** One mapping that a role gives accounts by. */
export interface RoleMapping {
  readonly mappingId: string;
  readonly systemId: string;
  readonly systemName: string;
  readonly entityType: 'identity';
  readonly objectClass: string;
  readonly createdAt: Date;
}

@Injectable()
export class RoleMappingsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
    private readonly roles: RolesService,
  ) {}

  /** In the order of the mappings' ids, one more than `limit` when there are more. @throws Problem 404 */
  async list(
    roleId: string,
    { limit, after }: { limit: number; after?: string | undefined },
  ): Promise<RoleMapping[]> {
    await this.roles.get(roleId);
    return this.database.query<RoleMapping>(
      `select r.mapping_id as "mappingId", s.id as "systemId", s.name as "systemName",
         m.entity_type as "entityType", m.object_class as "objectClass", r.created_at as "createdAt"
       from provisioning_role_mappings r
       join provisioning_mappings m on m.id = r.mapping_id
       join provisioning_systems s on s.id = m.system_id
       where r.role_id = $1 and ($2::uuid is null or r.mapping_id > $2)
       order by r.mapping_id
       limit $3`,
      [roleId, after ?? null, limit + 1],
    );
  }

  /** Gives everybody with the role an account by the mapping; does nothing when it does already. @throws Problem 404 */
  async add(actor: Actor, roleId: string, mappingId: string): Promise<void> {
    await this.#change(roleId, mappingId, async (transaction, mapping) => {
      const added = await transaction.query(
        `insert into provisioning_role_mappings (role_id, mapping_id) values ($1, $2)
         on conflict (role_id, mapping_id) do nothing returning role_id`,
        [roleId, mappingId],
      );
      if (added.length > 0) await this.#record(transaction, actor, roleId, { after: shown(mapping) });
    });
  }

  /** Accounts that nothing else gives go by themselves; does nothing when the role has it not. @throws Problem 404 */
  async remove(actor: Actor, roleId: string, mappingId: string): Promise<void> {
    await this.#change(roleId, mappingId, async (transaction, mapping) => {
      const removed = await transaction.query(
        'delete from provisioning_role_mappings where role_id = $1 and mapping_id = $2 returning role_id',
        [roleId, mappingId],
      );
      if (removed.length > 0) await this.#record(transaction, actor, roleId, { before: shown(mapping) });
    });
  }

  async #change(
    roleId: string,
    mappingId: string,
    work: (transaction: Transaction, mapping: Mapping) => Promise<void>,
  ): Promise<void> {
    await this.roles.get(roleId);
    try {
      await this.database.transact(async (transaction) =>
        work(transaction, await lockMapping(transaction, mappingId, 'for key share')),
      );
    } catch (error) {
      // The role went between the two: say so.
      if (referringTable(error) !== undefined) await this.roles.get(roleId);
      throw error;
    }
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    roleId: string,
    values: { after: unknown } | { before: unknown },
  ): Promise<void> {
    const action = 'after' in values ? 'role.mapping-added' : 'role.mapping-removed';
    await this.audit.record(transaction, { actor, action, objectType: 'role', objectId: roleId, ...values });
    this.events.announce(transaction, { topic: 'role', id: roleId, actor });
  }
}

function shown({ id, systemName }: Mapping): { mapping: string; system: string } {
  return { mapping: id, system: systemName };
}
