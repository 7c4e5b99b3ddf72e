-- Where transactions and the clock of this cluster are.
select pg_current_snapshot()::text as snapshot,
       pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
       pg_snapshot_xmax(pg_current_snapshot())::text as ceiling,
       (to_jsonb(clock_timestamp() at time zone 'UTC') #>> '{}') || 'Z' as passed_at,
       extract(epoch from clock_timestamp())::float8 * 1000 as passed_at_ms,
       (select system_identifier::text from pg_control_system()) as cluster
