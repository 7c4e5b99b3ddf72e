select
  session.id as session_id,
  session.generation - token.generation as generations_back,
  extract(epoch from clock_timestamp() - token.rotated_at)::float8 as seconds_since_rotation,
  session.ended_at is not null
    or least(session.idle_expires_at, session.expires_at) <= clock_timestamp()
    or operator.is_disabled as is_session_over,
  session.directory_dn,
  session.directory_uuid,
  operator.id as operator_id,
  operator.realm,
  operator.login,
  operator.roles,
  operator.identity_id
from auth_refresh_tokens token
join auth_sessions session on session.id = token.session_id
join auth_operators operator on operator.id = session.operator_id
where token.token_hash = $1
