update auth_sessions
set ended_at = clock_timestamp(), end_reason = 'key-revoked'
where service_key_id = $1 and ended_at is null
returning id
