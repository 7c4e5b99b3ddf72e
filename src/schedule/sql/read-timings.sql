select
  entry.name,
  entry.cron,
  entry.zone,
  entry.is_paused,
  coalesce(entry.running_until < clock_timestamp(), false) as is_lapsed,
  clock_timestamp() as now
from schedule_entries as entry
