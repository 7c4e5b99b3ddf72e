-- Whoever waited for a superseded operation waits for the one that replaced it. $1 lanes, $2 seqs, $3 seqs of the
-- newer ones.
with replaced as (
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as r(lane_id, seq, by_seq)
),
marked as (
  update queue_operations o set is_awaited = true
  from (select distinct r.lane_id, r.by_seq from replaced r) n
  where o.lane_id = n.lane_id and o.seq = n.by_seq
)
update queue_operations o set waits_seq = r.by_seq
from replaced r
where o.waits_lane_id = r.lane_id and o.waits_seq = r.seq
