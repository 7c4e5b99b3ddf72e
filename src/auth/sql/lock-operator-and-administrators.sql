-- One order for everybody: two changes that each need the other's administrator wait, and do not deadlock.
-- Only those whose password is kept here count: they get in when the directory is away.
select
  operator.id,
  operator.realm = 'local' and 'administrator' = any (operator.roles) and not operator.is_disabled as is_administrator
from auth_operators operator
where operator.id = $1
  or (operator.realm = 'local' and 'administrator' = any (operator.roles) and not operator.is_disabled)
order by operator.id
for update
