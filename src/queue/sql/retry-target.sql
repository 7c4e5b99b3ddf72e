-- Makes everything that failed on a target due: the cause may be gone. RetryProvisioning opens it. $1 target.
with failed as (
  select l.id from queue_lanes l
  where l.target_id = $1 and l.state in ('gated-retry', 'parked')
  order by l.key collate "C"
  for update
)
update queue_lanes l set state = 'gated-retry', run_at = now()
from failed f
where l.id = f.id
