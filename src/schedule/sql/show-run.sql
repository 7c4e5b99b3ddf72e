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
where run.name = $1 and run.id = $2
