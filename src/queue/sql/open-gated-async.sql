-- Opens what waits for ProvisioningQueue on targets that are not asynchronous (any more).
with misplaced as (
  select l.id
  from queue_targets t
  join queue_lanes l on l.target_id = t.id and l.state = 'gated-async'
  where t.mode = 'synchronous'
  order by l.key collate "C"
  for update of l
)
update queue_lanes l set state = 'ready', run_at = now()
from misplaced m
where l.id = m.id
returning l.target_id
