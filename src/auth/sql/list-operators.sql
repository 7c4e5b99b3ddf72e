select
  operator.id,
  operator.login,
  operator.display_name,
  operator.roles,
  operator.is_disabled,
  operator.created_at,
  operator.version
from auth_operators operator
where $1::text is null or operator.login > $1
order by operator.login
limit $2
