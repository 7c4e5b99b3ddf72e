select
  key.id,
  key.name,
  key.created_at,
  to_char(key.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position,
  key.expires_at,
  key.revoked_at,
  key.last_used_at,
  key.last_used_address
from auth_service_keys key
where key.service_id = $1
  and ($2::timestamptz is null or (key.created_at, key.id) > ($2::timestamptz, $3::uuid))
order by key.created_at, key.id
limit $4
