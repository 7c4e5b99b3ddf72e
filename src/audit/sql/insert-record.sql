-- $1 actor, $2 request, $3 operation, $4 action, $5 type, $6 object, $7 before, $8 after.
-- The transaction takes its number first, its id and time after that: the sealer depends on it.
insert into audit_records (actor, request_id, operation, action, object_type, object_id, before, after)
select $1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb
from pg_current_xact_id()
