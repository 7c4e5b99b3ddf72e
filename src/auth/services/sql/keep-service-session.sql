-- The one session of a key: all tokens it ever gets end with it.
insert into auth_sessions (id, operator_id, service_key_id, idle_expires_at, expires_at, address, client)
values ($1, $2, $3, $4, $4, $5, $6)
on conflict (service_key_id) where service_key_id is not null and ended_at is null
do update set last_used_at = clock_timestamp(), address = excluded.address, client = excluded.client
returning id
