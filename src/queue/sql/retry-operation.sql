-- Makes the head of a lane due at once, with its attempts counted afresh. Run after locking the lane. $1 lane, $2 seq.
with fresh as (
  update queue_operations o set attempts = 0, crashes = 0, failed_since = null
  where o.lane_id = $1 and o.seq = $2
  returning o.lane_id
)
update queue_lanes l set state = 'ready', run_at = now(), admitted_seq = greatest(l.admitted_seq, $2)
from fresh f
where l.id = f.lane_id and l.state <> 'leased'
returning l.target_id
