// Who has which role. A change is announced as a change of the identity.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import { DurableEvents } from '../queue/index.js';
import { lockIdentity } from './identity.queries.js';
import { noRole } from './registry.problems.js';
import { RoleEntity } from './role.entity.js';

@Injectable()
export class RoleAssignmentsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
  ) {}

  /** Gives the role; does nothing when the identity has it already. @throws Problem 404 */
  async assign(actor: Actor, identityId: string, roleId: string): Promise<void> {
    await this.database.transact(async (transaction) => {
      const role = await lockBoth(transaction, identityId, roleId);
      const added = await transaction.query(
        `insert into registry_role_assignments (id, identity_id, role_id) values ($1, $2, $3)
         on conflict (identity_id, role_id) do nothing returning id`,
        [randomUUID(), identityId, roleId],
      );
      if (added.length > 0)
        await this.#record(transaction, actor, identityId, { after: { role: role.code } });
    });
  }

  /** Takes the role; does nothing when the identity does not have it. @throws Problem 404 */
  async unassign(actor: Actor, identityId: string, roleId: string): Promise<void> {
    await this.database.transact(async (transaction) => {
      const role = await lockBoth(transaction, identityId, roleId);
      const removed = await transaction.query(
        'delete from registry_role_assignments where identity_id = $1 and role_id = $2 returning id',
        [identityId, roleId],
      );
      if (removed.length > 0) {
        await this.#record(transaction, actor, identityId, { before: { role: role.code } });
      }
    });
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    identityId: string,
    values: { after: unknown } | { before: unknown },
  ): Promise<void> {
    await this.audit.record(transaction, {
      actor,
      action: 'after' in values ? 'identity.role-assigned' : 'identity.role-unassigned',
      objectType: 'identity',
      objectId: identityId,
      ...values,
    });
    this.events.announce(transaction, { topic: 'identity', id: identityId, actor });
  }
}

async function lockBoth(transaction: Transaction, identityId: string, roleId: string): Promise<RoleEntity> {
  await lockIdentity(transaction, identityId);
  const role = await transaction.manager.findOne(RoleEntity, {
    where: { id: roleId },
    lock: { mode: 'for_key_share' },
  });
  if (role === null) throw noRole(roleId);
  return role;
}
