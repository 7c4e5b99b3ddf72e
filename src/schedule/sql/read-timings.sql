select
  entry.name,
  entry.cron,
  entry.zone,
  entry.is_paused,
  entry.catch_up,
  entry.considered_until,
  entry.run_id is not null as is_running,
  coalesce(entry.running_until < clock_timestamp(), false) as is_lapsed,
  clock_timestamp() as now
from schedule_entries as entry
