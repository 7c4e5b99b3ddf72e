-- Marks operations that others are about to wait for, so that their end opens those. $1 lanes, $2 seqs. Only what has
-- not ended yet comes back: who ends one meanwhile waits for this transaction, or this one waited for that.
with wanted as (
  select o.lane_id, o.seq
  from queue_operations o
  join unnest($1::bigint[], $2::bigint[]) as w(lane_id, seq) on w.lane_id = o.lane_id and w.seq = o.seq
  order by o.lane_id, o.seq
  for update of o
)
update queue_operations o set is_awaited = true
from wanted w
where o.lane_id = w.lane_id and o.seq = w.seq
returning o.lane_id, o.seq
