select
  operator.id,
  operator.password_hash,
  operator.identity_id,
  operator.directory_uuid,
  operator.roles,
  operator.is_disabled
from auth_operators operator
where operator.realm = $1 and operator.login = $2
