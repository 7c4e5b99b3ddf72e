select operator.id as operator_id, operator.login, operator.roles
from auth_sessions session
join auth_operators operator on operator.id = session.operator_id
where session.id = $1
  and session.ended_at is null
  and session.expires_at > clock_timestamp()
  and not operator.is_disabled
