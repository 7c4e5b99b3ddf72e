-- Locks groups by their ids, and those that operations are members of: all that a transaction will touch, at once and
-- in one order, so that two never wait for each other in a circle. $1 groups, then the operations: $2 lanes, $3 seqs.
select g.id
from queue_groups g
where g.id in (
  select unnest($1::bigint[])
  union
  select m.group_id
  from unnest($2::bigint[], $3::bigint[]) as o(lane_id, seq)
  join queue_group_members m on m.lane_id = o.lane_id and m.seq = o.seq)
order by g.id
for update
