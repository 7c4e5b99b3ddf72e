select
  operator.id,
  operator.realm,
  operator.login,
  operator.display_name,
  operator.roles,
  operator.identity_id,
  operator.is_disabled,
  operator.created_at
from auth_operators operator
where operator.realm <> 'service'
  and ($1::text is null or (operator.login, operator.realm) > ($1, $2))
order by operator.login, operator.realm
limit $3
