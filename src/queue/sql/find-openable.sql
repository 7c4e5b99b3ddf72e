-- Lanes whose head waits for something that has ended: whoever ended it could not open them, or did not see them.
-- $1 lanes at most.
select l.id
from queue_lanes l
cross join lateral (
  select queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) as is_waiting
  from queue_operations o where o.lane_id = l.id order by o.seq limit 1
) h
where l.state = 'dependent' and not h.is_waiting
limit $1
