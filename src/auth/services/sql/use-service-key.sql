update auth_service_keys
set last_used_at = clock_timestamp(), last_used_address = $2
where key_hash = $1 and revoked_at is null and expires_at > clock_timestamp()
returning id, name, expires_at, floor(extract(epoch from expires_at - clock_timestamp()))::integer as seconds_left
