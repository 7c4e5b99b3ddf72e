-- How a group stands, and one of its operations that has not ended. $1 group.
select g.subject, g.open, m.lane_id, m.seq
from queue_groups g
left join lateral (
  select m.lane_id, m.seq from queue_group_members m where m.group_id = g.id and m.state <> 'done'
  order by m.state, m.lane_id, m.seq limit 1
) m on true
where g.id = $1
