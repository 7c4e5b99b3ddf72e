-- This is the database from now on, and what contradicts it until now is settled.
update queue_installation i set
  system_identifier = c.system_identifier::text, database_oid = d.oid::bigint, released_at = now(),
  hold = null, reason = null, held_at = null, held_by = null, targets_before = '[]'
from pg_control_system() c, pg_database d
where d.datname = current_database()
