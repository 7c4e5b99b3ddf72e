-- The members of a group with what became of them. $1 group, $2 after lane, $3 after seq, $4 limit.
select m.lane_id, m.seq, m.state as counts_as, coalesce(o.kind, a.kind) as kind, coalesce(o.state, a.state) as state,
       coalesce(o.subject, a.subject) as subject, coalesce(l.key, a.lane_key) as lane_key, a.result, a.finished_at
from queue_group_members m
left join queue_operations o on o.lane_id = m.lane_id and o.seq = m.seq
left join queue_lanes l on l.id = m.lane_id
left join lateral (
  select b.kind, b.state, b.subject, b.lane_key, b.result, b.finished_at
  from queue_archive b where o.lane_id is null and b.lane_id = m.lane_id and b.seq = m.seq
  limit 1
) a on true
where m.group_id = $1 and (m.lane_id, m.seq) > ($2::bigint, $3::bigint)
order by m.lane_id, m.seq
limit $4
