insert into auth_service_keys (service_id, key_hash, name, expires_at)
values ($1, $2, $3, $4)
returning id, name, created_at, expires_at, revoked_at, last_used_at, last_used_address
