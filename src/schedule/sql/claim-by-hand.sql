with claimed as (
  update schedule_entries as entry
  set
    last_started_at = now(),
    running_until = clock_timestamp() + make_interval(secs => $3::float8),
    run_id = $2::uuid
  where entry.name = $1 and entry.run_id is null
  returning entry.name
)
insert into schedule_runs (id, name, trigger, actor, node)
select $2::uuid, claimed.name, 'manual', $4, $5
from claimed
returning schedule_runs.id
