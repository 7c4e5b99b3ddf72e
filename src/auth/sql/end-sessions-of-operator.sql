update auth_sessions
set ended_at = clock_timestamp(), end_reason = $2
where operator_id = $1 and ended_at is null and id is distinct from $3::uuid
returning id
