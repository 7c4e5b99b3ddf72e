-- The tick of ProvisioningQueue: everything waiting now on asynchronous targets may run; what comes later waits
-- for the next tick. $1 after this lane, $2 lanes at most.
with batch as (
  select l.id
  from queue_lanes l
  join queue_targets t on t.id = l.target_id
  where l.id > $1 and t.mode = 'asynchronous'
    and (l.admitted_seq < l.tail_seq or l.state = 'gated-async')
  order by l.id
  limit $2
),
waiting as (
  select l.id from queue_lanes l join batch on batch.id = l.id
  order by l.key collate "C"
  for update of l
)
update queue_lanes l set
  admitted_seq = l.tail_seq,
  state = case when l.state = 'gated-async' then 'ready' else l.state end,
  run_at = case when l.state = 'gated-async' then now() else l.run_at end
from waiting w
where l.id = w.id
returning l.target_id, l.id
