-- How each schedule stands. $1 names.
select
  entry.name,
  entry.cron,
  entry.zone,
  entry.is_paused,
  entry.considered_until,
  coalesce(entry.running_until > clock_timestamp(), false) as is_running,
  entry.last_outcome,
  entry.last_error,
  clock_timestamp() as now
from schedule_entries as entry
where entry.name = any ($1::text[])
order by entry.name
