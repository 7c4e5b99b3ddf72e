select author.id, author.realm, author.roles, author.permissions, author.is_disabled
from auth_operators author
where author.id = $1
for share
