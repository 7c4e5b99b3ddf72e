import type { Database, Transaction } from '../platform/database/index.js';
import type { AttributeStrategy, MappingEntity } from './mapping.entity.js';
import { noMapping } from './provisioning.problems.js';

export interface AttributeMapping {
  readonly attribute: string;
  readonly expression: string;
  readonly strategy: AttributeStrategy;
  readonly isMultivalued: boolean;
  readonly isCorrelation: boolean;
}

/** A mapping with its attributes, in the order they were given. */
export interface Mapping extends MappingEntity {
  readonly systemName: string;
  readonly attributes: readonly AttributeMapping[];
}

const SELECT_MAPPING = `
  select m.id, m.system_id as "systemId", s.name as "systemName", m.entity_type as "entityType",
    m.object_class as "objectClass", m.identifier_expression as "identifierExpression", m.version,
    m.created_at as "createdAt", m.updated_at as "updatedAt",
    coalesce(
      (select json_agg(json_build_object(
         'attribute', a.attribute, 'expression', a.expression, 'strategy', a.strategy,
         'isMultivalued', a.is_multivalued, 'isCorrelation', a.is_correlation) order by a.ordinal)
       from provisioning_attribute_mappings a where a.mapping_id = m.id),
      '[]') as attributes
  from provisioning_mappings m
  join provisioning_systems s on s.id = m.system_id`;

/** In the order of the kinds of entity; at most one for each. */
export async function listMappings(database: Database, systemId: string): Promise<Mapping[]> {
  return database.query<Mapping>(
    `${SELECT_MAPPING} where m.system_id = $1 order by m.entity_type collate "C"`,
    [systemId],
  );
}

/** @throws Problem 404 */
export async function loadMapping(executor: Pick<Database, 'query'>, id: string): Promise<Mapping> {
  const [mapping] = await executor.query<Mapping>(`${SELECT_MAPPING} where m.id = $1`, [id]);
  if (mapping === undefined) throw noMapping(id);
  return mapping;
}

/**
 * The mapping, unchanged by anybody else until `transaction` ends; `for update` also keeps away new rows that refer to
 * it. @throws Problem 404
 */
export async function lockMapping(
  transaction: Transaction,
  id: string,
  lock: 'for key share' | 'for no key update' | 'for update',
): Promise<Mapping> {
  // Locked first, read next: one statement would read the attributes as they were before it waited.
  await transaction.query(`select from provisioning_mappings where id = $1 ${lock}`, [id]);
  return loadMapping(transaction, id);
}
