-- What the server says of itself; numbers of connections as everybody may see them.
select
  current_setting('server_version') as version,
  current_setting('server_version_num')::integer as version_number,
  pg_is_in_recovery() as is_replica,
  array(
    select s.name from pg_settings s
    where s.name in ('fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum') and s.setting = 'off'
    order by s.name
  ) as switched_off,
  (select age(d.datfrozenxid) from pg_database d where d.datname = current_database()) as oldest_row_age,
  (select sum(d.numbackends)::integer from pg_stat_database d) as connections,
  current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as allowed
