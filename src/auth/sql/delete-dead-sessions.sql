-- A session that is over honours no token, and neither does one that is gone.
delete from auth_sessions
where id in (
  select session.id
  from auth_sessions session
  where session.operator_id = $1
    and (session.ended_at is not null or least(session.idle_expires_at, session.expires_at) <= clock_timestamp())
  for update skip locked
)
