-- The lanes of operations that waited for what has ended. $1 lanes, $2 seqs of operations; $3 groups.
select o.lane_id
from unnest($1::bigint[], $2::bigint[]) as e(lane_id, seq)
join queue_operations o on o.waits_lane_id = e.lane_id and o.waits_seq = e.seq
union
select o.lane_id from queue_operations o where o.waits_group_id = any ($3::bigint[])
