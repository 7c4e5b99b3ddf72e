select
  operator.id as operator_id,
  operator.realm,
  operator.login,
  operator.display_name,
  operator.roles,
  operator.permissions,
  operator.identity_id
from auth_sessions session
join auth_operators operator on operator.id = session.operator_id
left join auth_service_keys key on key.id = session.service_key_id
where session.id = $1
  and session.ended_at is null
  and session.expires_at > clock_timestamp()
  and not operator.is_disabled
  and key.revoked_at is null
