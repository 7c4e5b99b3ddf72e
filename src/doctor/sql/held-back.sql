-- What keeps old row versions or old log from being removed, the oldest first. Sessions of other roles are seen only
-- by a role with pg_read_all_stats. $1 seconds a transaction may last, $2 bytes of log a slot may keep.
select * from (
  (select 'transaction' as kind,
          concat_ws(', ', 'process ' || a.pid, nullif(a.application_name, ''), a.usename, a.state) as name,
          extract(epoch from now() - a.xact_start)::float8 as seconds, null::float8 as bytes
   from pg_stat_activity a
   where a.datname = current_database() and a.xact_start < now() - make_interval(secs => $1) and a.pid <> pg_backend_pid()
   order by a.xact_start limit 5)
  union all
  (select 'prepared', p.gid, extract(epoch from now() - p.prepared)::float8, null
   from pg_prepared_xacts p
   where p.database = current_database() and p.prepared < now() - make_interval(secs => $1)
   order by p.prepared limit 5)
  union all
  (select 'slot', s.slot_name, null, k.bytes
   from pg_replication_slots s
   cross join lateral (
     select pg_wal_lsn_diff(
       case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end,
       s.restart_lsn)::float8 as bytes
   ) k
   where not s.active and k.bytes > $2
   order by k.bytes desc limit 5)
) held
