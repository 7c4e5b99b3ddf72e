-- The tick of ProvisioningQueue: everything waiting now on asynchronous targets may run; what comes later waits
-- for the next tick.
with waiting as (
  select l.id
  from queue_lanes l
  join queue_targets t on t.id = l.target_id
  where t.mode = 'asynchronous' and l.admitted_seq < l.tail_seq
  order by l.key collate "C"
  for update of l
)
update queue_lanes l set
  admitted_seq = l.tail_seq,
  state = case when l.state = 'gated-async' then 'ready' else l.state end,
  run_at = case when l.state = 'gated-async' then now() else l.run_at end
from waiting w
where l.id = w.id
returning l.target_id
