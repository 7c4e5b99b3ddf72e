select
  run.id,
  run.slot,
  run.trigger,
  run.actor,
  run.node,
  run.started_at,
  run.finished_at,
  run.outcome,
  run.counts,
  run.error
from schedule_runs as run
where
  run.name = $1
  and ($2::timestamptz is null or (run.started_at, run.id) < ($2::timestamptz, $3::uuid))
order by run.started_at desc, run.id desc
limit $4
