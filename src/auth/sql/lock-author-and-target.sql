-- One order for everybody: two who change each other wait, and do not deadlock.
select operator.id, operator.realm, operator.roles, operator.permissions, operator.is_disabled
from auth_operators operator
where operator.id in ($1, $2)
order by operator.id
for update
