-- Everything one attempt needs to know about an account but the entity itself. $1 account.
select a.id, a.state, a.identifier, a.native_id, a.entity_type, a.entity_id,
       m.id as mapping_id, m.object_class, m.identifier_expression,
       s.id as system_id, s.name as system_name, s.connector, s.config, s.sealed_secrets, s.version as system_version,
       coalesce(
         (select jsonb_agg(jsonb_build_object(
            'attribute', x.attribute, 'expression', x.expression, 'strategy', x.strategy,
            'isMultivalued', x.is_multivalued, 'isCorrelation', x.is_correlation) order by x.ordinal)
          from provisioning_attribute_mappings x where x.mapping_id = m.id),
         '[]'::jsonb) as attributes
from provisioning_accounts a
join provisioning_mappings m on m.id = a.mapping_id
join provisioning_systems s on s.id = a.system_id
where a.id = $1
