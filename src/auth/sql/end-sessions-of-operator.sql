update auth_sessions
set ended_at = clock_timestamp(), end_reason = 'operator-changed'
where operator_id = $1 and ended_at is null
