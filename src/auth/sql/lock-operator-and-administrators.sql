-- One order for everybody: two changes that each need the other's administrator wait, and do not deadlock.
select operator.id, 'administrator' = any (operator.roles) and not operator.is_disabled as is_administrator
from auth_operators operator
where operator.id = $1 or ('administrator' = any (operator.roles) and not operator.is_disabled)
order by operator.id
for update
