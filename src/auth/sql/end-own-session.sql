update auth_sessions
set ended_at = clock_timestamp(), end_reason = 'ended-by-owner'
where id = $1
  and operator_id = $2
  and ended_at is null
  and least(idle_expires_at, expires_at) > clock_timestamp()
returning id
