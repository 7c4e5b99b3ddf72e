-- What is remembered, and whether it is this database. Locked, so that processes that start together decide once.
select i.hold, i.reason, i.held_at, i.held_by, i.targets_before, i.released_at,
       i.system_identifier = c.system_identifier::text and i.database_oid = d.oid::bigint as is_same
from queue_installation i, pg_control_system() c, pg_database d
where d.datname = current_database()
for update of i
