with lapsed as (
  select entry.name, entry.run_id
  from schedule_entries as entry
  where entry.running_until < clock_timestamp()
  order by entry.name
  for update
),
finished as (
  update schedule_runs as run
  set
    finished_at = now(),
    outcome = 'failed',
    error = run.node
      || ' did not report the end of this run in time: the process stopped, the run hung, or the database was away.'
  from lapsed
  where run.id = lapsed.run_id
  returning run.name, run.error
)
update schedule_entries as entry
set
  run_id = null,
  running_until = null,
  last_finished_at = now(),
  last_outcome = 'failed',
  last_counts = null,
  last_error = finished.error
from lapsed
left join finished on finished.name = lapsed.name
where entry.name = lapsed.name
returning entry.name
