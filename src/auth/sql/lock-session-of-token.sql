-- Refreshes of one session happen one after the other. What is decided is read afterwards, in a new snapshot.
select session.id
from auth_sessions session
where session.id = (select token.session_id from auth_refresh_tokens token where token.token_hash = $1)
for update
