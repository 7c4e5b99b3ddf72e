-- Every account row of an entity, with its system. $1 entity type, $2 entity.
select a.id, a.mapping_id, a.state, a.system_id, s.name as system_name, s.target_id, a.identifier
from provisioning_accounts a
join provisioning_systems s on s.id = a.system_id
where a.entity_type = $1 and a.entity_id = $2
order by a.id
