-- The groups that children join: those of their parents. $1 lanes, $2 seqs of the children, $3 lanes, $4 seqs of the
-- parents.
select m.group_id, c.lane_id, c.seq
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as c(lane_id, seq, parent_lane_id, parent_seq)
join queue_group_members m on m.lane_id = c.parent_lane_id and m.seq = c.parent_seq
