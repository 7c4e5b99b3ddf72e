update auth_service_keys
set revoked_at = clock_timestamp()
where id = $2 and service_id = $1 and revoked_at is null
returning name
