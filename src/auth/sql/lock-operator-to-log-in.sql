-- Still the operator whose password was checked? Held until commit: a change of it then ends the new session too.
select operator.id
from auth_operators operator
where operator.id = $1 and operator.password_hash is not distinct from $2 and not operator.is_disabled
for share
