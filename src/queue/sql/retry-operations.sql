-- Makes the heads of lanes due at once, with their attempts counted afresh; they wait for nothing any more. Run after
-- locking the lanes. $1 lanes, $2 seqs.
with fresh as (
  update queue_operations o set
    attempts = 0,
    crashes = 0,
    failed_since = null,
    state = case when o.state in ('NOT_EXECUTED', 'BLOCKED') then 'CREATED' else o.state end,
    waits_lane_id = null,
    waits_seq = null,
    waits_group_id = null
  from unnest($1::bigint[], $2::bigint[]) as r(lane_id, seq)
  where o.lane_id = r.lane_id and o.seq = r.seq
  returning o.lane_id, o.seq
)
update queue_lanes l set state = 'ready', hold = null, run_at = now(), admitted_seq = greatest(l.admitted_seq, f.seq)
from fresh f
where l.id = f.lane_id and l.state <> 'leased'
returning l.target_id
