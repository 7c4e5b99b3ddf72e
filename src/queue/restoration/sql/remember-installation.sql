-- The first worker of a database remembers which one it is. A replica that takes over is the same.
insert into queue_installation (system_identifier, database_oid)
select c.system_identifier::text, d.oid::bigint
from pg_control_system() c, pg_database d
where d.datname = current_database()
on conflict (is_only) do nothing
