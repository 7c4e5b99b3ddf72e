select
  session.id,
  session.created_at,
  to_char(session.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position,
  session.last_used_at,
  least(session.idle_expires_at, session.expires_at) as expires_at,
  session.address,
  session.client
from auth_sessions session
where session.operator_id = $1
  and session.ended_at is null
  and least(session.idle_expires_at, session.expires_at) > clock_timestamp()
  and ($2::timestamptz is null or (session.created_at, session.id) < ($2::timestamptz, $3::uuid))
order by session.created_at desc, session.id desc
limit $4
