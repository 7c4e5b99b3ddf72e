// Which attributes entities have beside their own fields.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { nearestName } from '../platform/config/index.js';
import { Database, isUniqueViolation } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import { FormAttributeEntity, type FormEntityType } from './form-attribute.entity.js';
import { type CreateFormAttribute, createFormAttributeRequest } from './form.schema.js';
import { registryProblem } from './registry.problems.js';

@Injectable()
export class FormAttributesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** Announces nothing: no entity has a value yet. @throws Problem 409 when the code is taken */
  async create(actor: Actor, input: CreateFormAttribute): Promise<FormAttributeEntity> {
    const fields = createFormAttributeRequest.parse(input);
    try {
      return await this.database.transact(async (transaction) => {
        const id = randomUUID();
        await transaction.manager.insert(FormAttributeEntity, { id, ...fields });
        await this.audit.record(transaction, {
          actor,
          action: 'form-attribute.created',
          objectType: 'form-attribute',
          objectId: id,
          after: fields,
        });
        return transaction.manager.findOneByOrFail(FormAttributeEntity, { id });
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'registry_form_attributes_entity_type_code_key')) throw error;
      throw registryProblem.formAttributeTaken(
        `A form attribute "${fields.code}" of ${fields.entityType} exists. Choose another code.`,
        { errors: [{ pointer: '/code', detail: 'is taken' }], cause: error },
      );
    }
  }

  /** @throws Problem 404 */
  async get(entityType: FormEntityType, code: string): Promise<FormAttributeEntity> {
    const attributes = await this.database.manager.findBy(FormAttributeEntity, { entityType });
    const found = attributes.find((attribute) => attribute.code === code);
    if (found !== undefined) return found;
    const meant = nearestName(
      code,
      attributes.map((attribute) => attribute.code),
    );
    throw registryProblem.formAttributeNotFound(
      `No form attribute of ${entityType} has the code "${code}". ` +
        (meant === undefined ? 'GET /api/v1/form-attributes lists them.' : `Did you mean "${meant}"?`),
    );
  }

  /** In the order of entity type and code, one more than `limit` when there are more. */
  async list(limit: number, after?: readonly [string, string]): Promise<FormAttributeEntity[]> {
    const [entityType, code] = after ?? [null, null];
    return this.database.query<FormAttributeEntity>(
      `select attribute.id, attribute.entity_type as "entityType", attribute.code, attribute.name, attribute.type,
         attribute.media_types as "mediaTypes", attribute.max_bytes as "maxBytes",
         attribute.created_at as "createdAt"
       from registry_form_attributes attribute
       where $1::text is null or (attribute.entity_type collate "C", attribute.code) > ($1, $2)
       order by attribute.entity_type collate "C", attribute.code
       limit $3`,
      [entityType, code, limit + 1],
    );
  }
}
