-- The service first, then its key, as whoever deletes a service does.
select service.id, service.login
from auth_operators service
where service.id = (select key.service_id from auth_service_keys key where key.key_hash = $1)
  and not service.is_disabled
for share
