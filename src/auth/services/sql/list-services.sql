select
  service.id,
  service.login,
  service.display_name,
  service.permissions,
  service.is_disabled,
  service.created_at
from auth_operators service
where service.realm = 'service' and ($1::text is null or service.login > $1)
order by service.login
limit $2
