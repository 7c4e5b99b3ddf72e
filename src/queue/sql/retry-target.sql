-- Makes everything that failed on a target due: the cause may be gone. RetryProvisioning opens it. $1 target.
with failed as (
  select l.id from queue_lanes l
  where l.target_id = $1 and l.state in ('gated-retry', 'parked')
  order by l.key collate "C"
  for update
),
fresh as (
  update queue_operations o set attempts = 0, failed_since = null
  from failed f
  where o.lane_id = f.id and o.state in ('FAILED', 'UNKNOWN')
)
-- Spread over a few seconds, so that a system that is just back is not run over.
update queue_lanes l set state = 'gated-retry', run_at = now() + random() * interval '3 seconds'
from failed f
where l.id = f.id
returning l.id
