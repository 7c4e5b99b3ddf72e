// Changes of identities: each is one transaction of row, audit record and durable event, or nothing.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, isUniqueViolation, type Transaction } from '../platform/database/index.js';
import { type Actor, requireMatch } from '../platform/http/index.js';
import { DurableEvents } from '../queue/index.js';
import { Attachments } from './attachments.js';
import { changedFields, valuesBefore } from './domain/changed-fields.js';
import { foldedText, searchKey } from './domain/folded-text.js';
import { IdentityEntity } from './identity.entity.js';
import { lockIdentity } from './identity.queries.js';
import { type CreateIdentity, createIdentityRequest, type UpdateIdentity } from './identity.schema.js';
import { noIdentity, registryProblem } from './registry.problems.js';
import { RoleAssignmentEntity } from './role-assignment.entity.js';
import { RolesService } from './roles.service.js';

/** What people set; the rest of a row follows from it. */
type IdentityFields = Pick<
  IdentityEntity,
  'login' | 'givenName' | 'surname' | 'displayName' | 'title' | 'email' | 'phone' | 'state'
>;

@Injectable()
export class IdentitiesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
    private readonly roles: RolesService,
    private readonly attachments: Attachments,
  ) {}

  /** @throws Problem 404 */
  async get(id: string): Promise<IdentityEntity> {
    const identity = await this.database.manager.findOneBy(IdentityEntity, { id });
    if (identity === null) throw noIdentity(id);
    return identity;
  }

  /** @throws Problem 409 when the login is taken, 422 when there is no such role */
  async create(actor: Actor, input: CreateIdentity): Promise<IdentityEntity> {
    const { roles: codes, ...fields } = createIdentityRequest.parse(input);
    return this.#withFreeLogin(fields.login, async (transaction) => {
      const roles = await this.roles.requireCodes(transaction, codes);
      const id = randomUUID();
      await transaction.manager.insert(IdentityEntity, { id, ...fields, ...foldedFields(fields) });
      await transaction.manager.insert(
        RoleAssignmentEntity,
        roles.map((role) => ({ id: randomUUID(), identityId: id, roleId: role.id })),
      );
      await this.#record(transaction, actor, 'created', id, {
        after: { ...fields, roles: roles.map(({ code }) => code) },
      });
      return transaction.manager.findOneByOrFail(IdentityEntity, { id });
    });
  }

  /** Changes the given fields; equal values change nothing. @throws Problem 404, 409, 412 */
  async update(actor: Actor, id: string, input: UpdateIdentity, ifMatch?: string): Promise<IdentityEntity> {
    return this.#withFreeLogin(input.login, async (transaction) => {
      const current = await lockIdentity(transaction, id);
      requireMatch(ifMatch, current.version);
      const changed = changedFields<IdentityFields>(current, input);
      if (Object.keys(changed).length === 0) return current;
      await transaction.manager.update(
        IdentityEntity,
        { id },
        { ...changed, ...foldedFields(changed), version: current.version + 1, updatedAt: () => 'now()' },
      );
      await this.#record(transaction, actor, 'updated', id, {
        before: valuesBefore<IdentityFields>(current, changed),
        after: changed,
      });
      return transaction.manager.findOneByOrFail(IdentityEntity, { id });
    });
  }

  /** Removes the identity with its assignments and form values. @throws Problem 404, 412 */
  async delete(actor: Actor, id: string, ifMatch?: string): Promise<void> {
    await this.database.transact(async (transaction) => {
      const identity = await lockIdentity(transaction, id);
      requireMatch(ifMatch, identity.version);
      const roles = await transaction.query<{ code: string }>(
        `select role.code from registry_role_assignments assignment
         join registry_roles role on role.id = assignment.role_id
         where assignment.identity_id = $1 order by role.code`,
        [id],
      );
      const values = await transaction.query<{ sha256: string }>(
        `delete from registry_form_values where entity_id = $1 returning encode(sha256, 'hex') as sha256`,
        [id],
      );
      await transaction.manager.delete(IdentityEntity, { id });
      const attachments = values.map(({ sha256 }) => sha256);
      await this.attachments.release(transaction, attachments);
      await this.#record(transaction, actor, 'deleted', id, {
        before: { ...fieldsOf(identity), roles: roles.map(({ code }) => code), attachments },
      });
    });
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    verb: 'created' | 'updated' | 'deleted',
    id: string,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> {
    const action = `identity.${verb}`;
    await this.audit.record(transaction, { actor, action, objectType: 'identity', objectId: id, ...values });
    this.events.announce(transaction, { topic: 'identity', id, actor });
  }

  async #withFreeLogin(
    login: string | undefined,
    work: (transaction: Transaction) => Promise<IdentityEntity>,
  ): Promise<IdentityEntity> {
    try {
      return await this.database.transact(work);
    } catch (error) {
      if (login === undefined || !isUniqueViolation(error, 'registry_identities_login_folded_key'))
        throw error;
      const owner = await this.database.manager.findOneBy(IdentityEntity, { loginFolded: foldedText(login) });
      const whose = owner === null ? 'another identity' : `the identity ${owner.id} ("${owner.login}")`;
      throw registryProblem.loginTaken(
        `The login "${login}" is taken by ${whose}. Choose another login, or change that identity.`,
        { errors: [{ pointer: '/login', detail: 'is taken' }], cause: error },
      );
    }
  }
}

function fieldsOf(identity: IdentityEntity): IdentityFields {
  const { login, givenName, surname, displayName, title, email, phone, state } = identity;
  return { login, givenName, surname, displayName, title, email, phone, state };
}

function foldedFields({ login, surname, displayName }: Partial<IdentityFields>): Partial<IdentityEntity> {
  return {
    ...(login !== undefined && { loginFolded: foldedText(login) }),
    ...(surname !== undefined && { surnameFolded: searchKey(surname) }),
    ...(displayName !== undefined && {
      displayNameFolded: displayName === null ? null : searchKey(displayName),
    }),
  };
}
