// Changes of roles: each is one transaction of row, audit record and durable event, or nothing.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { AuditLog } from '../audit/index.js';
import { nearestName } from '../platform/config/index.js';
import { Database, isUniqueViolation, type Transaction } from '../platform/database/index.js';
import { type Actor, requireMatch } from '../platform/http/index.js';
import { DurableEvents } from '../queue/index.js';
import { changedFields, valuesBefore } from './domain/changed-fields.js';
import { noRole, registryProblem } from './registry.problems.js';
import { RoleEntity } from './role.entity.js';
import { type CreateRole, createRoleRequest, type UpdateRole } from './role.schema.js';

type RoleFields = Pick<RoleEntity, 'code' | 'name' | 'description'>;

@Injectable()
export class RolesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
  ) {}

  /** @throws Problem 404 */
  async get(id: string): Promise<RoleEntity> {
    const role = await this.database.manager.findOneBy(RoleEntity, { id });
    if (role === null) throw noRole(id);
    return role;
  }

  /** The roles with these codes, which stay until `transaction` ends. @throws Problem 422 */
  async requireCodes(transaction: Transaction, codes: readonly string[]): Promise<RoleEntity[]> {
    if (codes.length === 0) return [];
    const roles = await transaction.manager.find(RoleEntity, {
      where: { code: In([...new Set(codes)]) },
      order: { code: 'ASC' },
      lock: { mode: 'for_key_share' },
    });
    const missing = codes.findIndex((code) => !roles.some((role) => role.code === code));
    if (missing >= 0) throw await this.#unknownCode(codes[missing] ?? '', `/roles/${missing}`);
    return roles;
  }

  /** The role with this code. @throws Problem 422 */
  async requireCode(code: string, pointer: string): Promise<RoleEntity> {
    const role = await this.database.manager.findOneBy(RoleEntity, { code });
    if (role === null) throw await this.#unknownCode(code, pointer);
    return role;
  }

  /** @throws Problem 409 when the code is taken */
  async create(actor: Actor, input: CreateRole): Promise<RoleEntity> {
    const fields = createRoleRequest.parse(input);
    return this.#withFreeCode(fields.code, async (transaction) => {
      const id = randomUUID();
      await transaction.manager.insert(RoleEntity, { id, ...fields });
      await this.#record(transaction, actor, 'created', id, { after: fields });
      return transaction.manager.findOneByOrFail(RoleEntity, { id });
    });
  }

  /** Changes the given fields; equal values change nothing. @throws Problem 404, 409, 412 */
  async update(actor: Actor, id: string, input: UpdateRole, ifMatch?: string): Promise<RoleEntity> {
    return this.#withFreeCode(input.code, async (transaction) => {
      const current = await lockRole(transaction, id);
      requireMatch(ifMatch, current.version);
      const changed = changedFields<RoleFields>(current, input);
      if (Object.keys(changed).length === 0) return current;
      await transaction.manager.update(
        RoleEntity,
        { id },
        { ...changed, version: current.version + 1, updatedAt: () => 'now()' },
      );
      await this.#record(transaction, actor, 'updated', id, {
        before: valuesBefore<RoleFields>(current, changed),
        after: changed,
      });
      return transaction.manager.findOneByOrFail(RoleEntity, { id });
    });
  }

  /** Removes a role that nobody has and nothing refers to. @throws Problem 404, 409, 412 */
  async delete(actor: Actor, id: string, ifMatch?: string): Promise<void> {
    try {
      await this.database.transact(async (transaction) => {
        const { version, code, name, description } = await lockRole(transaction, id);
        requireMatch(ifMatch, version);
        await transaction.manager.delete(RoleEntity, { id });
        await this.#record(transaction, actor, 'deleted', id, { before: { code, name, description } });
      });
    } catch (error) {
      const referrer = referringTable(error);
      if (referrer === undefined) throw error;
      throw registryProblem.roleInUse(
        referrer === 'registry_role_assignments'
          ? `Somebody has this role. GET /api/v1/roles/${id}/members lists them: take the role from them first.`
          : `Something refers to this role (${referrer}). Remove that first, such as the mapping of a system.`,
        { cause: error },
      );
    }
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    verb: 'created' | 'updated' | 'deleted',
    id: string,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> {
    const action = `role.${verb}`;
    await this.audit.record(transaction, { actor, action, objectType: 'role', objectId: id, ...values });
    this.events.announce(transaction, { topic: 'role', id, actor });
  }

  async #withFreeCode(
    code: string | undefined,
    work: (transaction: Transaction) => Promise<RoleEntity>,
  ): Promise<RoleEntity> {
    try {
      return await this.database.transact(work);
    } catch (error) {
      if (code === undefined || !isUniqueViolation(error, 'registry_roles_code_key')) throw error;
      throw registryProblem.roleCodeTaken(`A role with the code "${code}" exists. Choose another code.`, {
        errors: [{ pointer: '/code', detail: 'is taken' }],
        cause: error,
      });
    }
  }

  async #unknownCode(code: string, pointer: string): Promise<Error> {
    const known = await this.database.manager.find(RoleEntity, { select: { code: true }, take: 1000 });
    const meant = nearestName(
      code,
      known.map((role) => role.code),
    );
    return registryProblem.unknownRole(
      `No role has the code "${code}". ` +
        (meant === undefined ? 'GET /api/v1/roles lists them.' : `Did you mean "${meant}"?`),
      { errors: [{ pointer, detail: 'is not the code of a role' }] },
    );
  }
}

async function lockRole(transaction: Transaction, id: string): Promise<RoleEntity> {
  const role = await transaction.manager.findOne(RoleEntity, {
    where: { id },
    lock: { mode: 'for_no_key_update' },
  });
  if (role === null) throw noRole(id);
  return role;
}

/** The table whose rows keep this one (SQLSTATE 23503). */
function referringTable(error: unknown): string | undefined {
  const cause = (error as { driverError?: unknown } | null)?.driverError;
  const { code, table } = (cause ?? {}) as { code?: string; table?: string };
  return code === '23503' ? (table ?? 'another table') : undefined;
}
