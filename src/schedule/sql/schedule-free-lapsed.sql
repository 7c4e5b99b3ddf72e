with lapsed as (
  select entry.name, entry.run_id
  from schedule_entries as entry
  where entry.running_until < clock_timestamp()
  for update
),
finished as (
  update schedule_runs as run
  set
    finished_at = now(),
    outcome = 'failed',
    error = run.node || ' did not report the end of this run in time: it stopped, or lost the database.'
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
from finished
where entry.name = finished.name
returning entry.name
