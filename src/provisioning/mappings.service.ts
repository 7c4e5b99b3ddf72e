import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, isUniqueViolation, type Transaction } from '../platform/database/index.js';
import { Expressions } from '../platform/expressions/index.js';
import { type Actor, requireMatch } from '../platform/http/index.js';
import { DurableEvents } from '../queue/index.js';
import { checkMapping } from './mapping-check.js';
import { AttributeMappingEntity, MappingEntity } from './mapping.entity.js';
import {
  type AttributeMapping,
  listMappings,
  loadMapping,
  lockMapping,
  type Mapping,
} from './mapping.queries.js';
import { type MappingInput, mappingRequest } from './mappings.schema.js';
import { provisioningProblem } from './provisioning.problems.js';
import { loadSystem, lockSystem } from './system.queries.js';

/** What people set. */
type MappingFields = Pick<Mapping, 'entityType' | 'objectClass' | 'identifierExpression' | 'attributes'>;

@Injectable()
export class MappingsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
    private readonly expressions: Expressions,
  ) {}

  /** @throws Problem 404 */
  async get(id: string): Promise<Mapping> {
    return loadMapping(this.database, id);
  }

  /** Every mapping of a system. @throws Problem 404 */
  async listOfSystem(systemId: string): Promise<Mapping[]> {
    await loadSystem(this.database, systemId);
    return listMappings(this.database, systemId);
  }

  /** Sends nothing by itself: roles give accounts. @throws Problem 404, 409, 422 */
  async create(actor: Actor, systemId: string, input: MappingInput): Promise<Mapping> {
    const { attributes, ...fields } = await this.#checked(input);
    try {
      return await this.database.transact(async (transaction) => {
        await lockSystem(transaction, systemId, 'for key share');
        const id = randomUUID();
        await transaction.manager.insert(MappingEntity, { id, systemId, ...fields });
        await insertAttributes(transaction, id, attributes);
        await this.#record(transaction, actor, 'created', id, {
          after: { systemId, ...fields, attributes },
        });
        return loadMapping(transaction, id);
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'provisioning_mappings_system_id_entity_type_key')) throw error;
      throw provisioningProblem.mappingExists(
        `The system has a mapping for ${fields.entityType} already; GET /api/v1/systems/${systemId}/mappings ` +
          'has its id. Change that one (PUT /api/v1/mappings/{id}).',
        { cause: error },
      );
    }
  }

  /** Takes the place of the whole mapping; an equal one changes nothing. @throws Problem 404, 412, 422 */
  async replace(actor: Actor, id: string, input: MappingInput, ifMatch?: string): Promise<Mapping> {
    const wanted = await this.#checked(input);
    return this.database.transact(async (transaction) => {
      const current = await lockMapping(transaction, id, 'for no key update');
      requireMatch(ifMatch, current.version);
      const before = fieldsOf(current);
      if (isDeepStrictEqual(before, wanted)) return current;
      const { attributes, ...fields } = wanted;
      await transaction.manager.update(MappingEntity, { id }, { ...fields, updatedAt: () => 'now()' });
      await transaction.manager.delete(AttributeMappingEntity, { mappingId: id });
      await insertAttributes(transaction, id, attributes);
      await this.#record(transaction, actor, 'updated', id, { before, after: wanted });
      return loadMapping(transaction, id);
    });
  }

  /** Removes a mapping without accounts, and takes it from the roles. @throws Problem 404, 409, 412 */
  async delete(actor: Actor, id: string, ifMatch?: string): Promise<void> {
    await this.database.transact(async (transaction) => {
      const mapping = await lockMapping(transaction, id, 'for update');
      requireMatch(ifMatch, mapping.version);
      await removeGoneAccounts(transaction, mapping);
      const roles = await transaction.query<{ id: string }>(
        'delete from provisioning_role_mappings where mapping_id = $1 returning role_id as id',
        [id],
      );
      await transaction.manager.delete(MappingEntity, { id });
      await this.#record(transaction, actor, 'deleted', id, {
        before: {
          systemId: mapping.systemId,
          ...fieldsOf(mapping),
          roles: roles.map((role) => role.id).toSorted(),
        },
      });
    });
  }

  async #checked(input: MappingInput): Promise<MappingFields> {
    const fields = mappingRequest.parse(input);
    const errors = (await checkMapping(this.expressions, fields)).slice(0, 50);
    const [first] = errors;
    if (first === undefined) return fields;
    throw provisioningProblem.mappingInvalid(
      errors.length === 1
        ? `${first.pointer}: ${first.detail}`
        : `${errors.length} places of the mapping are wrong; \`errors\` says where and what to do. Nothing was saved.`,
      { errors },
    );
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    verb: 'created' | 'updated' | 'deleted',
    id: string,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> {
    const action = `mapping.${verb}`;
    await this.audit.record(transaction, { actor, action, objectType: 'mapping', objectId: id, ...values });
    this.events.announce(transaction, { topic: 'mapping', id, actor });
  }
}

function fieldsOf({ entityType, objectClass, identifierExpression, attributes }: Mapping): MappingFields {
  return { entityType, objectClass, identifierExpression, attributes };
}

async function insertAttributes(
  transaction: Transaction,
  mappingId: string,
  attributes: readonly AttributeMapping[],
): Promise<void> {
  if (attributes.length === 0) return;
  await transaction.manager.insert(
    AttributeMappingEntity,
    attributes.map((attribute, ordinal) => ({ mappingId, ...attribute, ordinal })),
  );
}

/** @throws Problem 409 when an account is left whose object Provost still answers for */
async function removeGoneAccounts(transaction: Transaction, { id, systemId }: Mapping): Promise<void> {
  // Locked before they are counted: account management may be about to want one of them again.
  const accounts = await transaction.query<{ state: string }>(
    'select state from provisioning_accounts where mapping_id = $1 order by id for update',
    [id],
  );
  const held = accounts.filter(({ state }) => state !== 'gone').length;
  if (held > 0) {
    throw provisioningProblem.mappingInUse(
      `${held} accounts come from this mapping. Take it from the roles first ` +
        '(DELETE /api/v1/roles/{roleId}/mappings/{mappingId}) and let the accounts go; ' +
        `GET /api/v1/accounts?system=${systemId} lists them.`,
    );
  }
  await transaction.query('delete from provisioning_accounts where mapping_id = $1', [id]);
}
