-- Keys of enabled services that run out soon, or did lately and were in use. $1 days to come, $2 days gone by.
select service.login, key.name, key.expires_at, key.expires_at < now() as is_over
from auth_service_keys key
join auth_operators service on service.id = key.service_id and not service.is_disabled
where key.revoked_at is null
  and key.expires_at between now() - make_interval(days => $2) and now() + make_interval(days => $1)
  and (key.expires_at > now() or key.last_used_at > key.expires_at - make_interval(days => $1))
order by key.expires_at
limit 20
