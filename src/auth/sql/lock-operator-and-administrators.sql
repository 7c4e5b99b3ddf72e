-- The operator ($1), who changes it ($2), and the administrators whose password is kept here: those get in when the
-- directory is away. One order for everybody: two changes that each need the other's administrator wait, and do not deadlock.
select
  operator.id,
  operator.realm,
  operator.roles,
  operator.permissions,
  operator.is_disabled,
  operator.realm = 'local' and 'administrator' = any (operator.roles) and not operator.is_disabled as is_administrator
from auth_operators operator
where operator.id in ($1, $2)
  or (operator.realm = 'local' and 'administrator' = any (operator.roles) and not operator.is_disabled)
order by operator.id
for update
