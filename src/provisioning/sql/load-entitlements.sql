-- The mappings an identity's roles give it, with their systems. $1 identity.
select distinct m.id as mapping_id, s.id as system_id, s.name as system_name, s.target_id
from registry_role_assignments a
join provisioning_role_mappings r on r.role_id = a.role_id
join provisioning_mappings m on m.id = r.mapping_id and m.entity_type = 'identity'
join provisioning_systems s on s.id = m.system_id
where a.identity_id = $1
order by s.name, m.id
