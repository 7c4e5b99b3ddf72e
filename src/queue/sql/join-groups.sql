-- Makes new operations members. Run after lock-groups. $1 groups, $2 lanes, $3 seqs.
with joined as (
  insert into queue_group_members (group_id, lane_id, seq)
  select distinct n.group_id, n.lane_id, n.seq
  from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as n(group_id, lane_id, seq)
  join queue_groups g on g.id = n.group_id
  on conflict (group_id, lane_id, seq) do nothing
  returning group_id
)
update queue_groups g set open = g.open + j.members, total = g.total + j.members, closed_at = null
from (select group_id, count(*) as members from joined group by group_id) j
where g.id = j.group_id
