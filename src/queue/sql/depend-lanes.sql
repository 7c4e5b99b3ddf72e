-- Lanes that nobody has in hand and whose head waits for something become dependent. $1 lanes.
update queue_lanes l set state = 'dependent'
from unnest($1::bigint[]) as n(id)
cross join lateral (
  select queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) as is_waiting
  from queue_operations o where o.lane_id = n.id order by o.seq limit 1
) h
where l.id = n.id and l.state in ('ready', 'gated-async') and h.is_waiting
