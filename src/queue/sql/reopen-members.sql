-- Parked operations count as failed in their groups; those that move again are to be open again. $1 lanes.
select distinct m.lane_id, m.seq
from queue_lanes l
join queue_operations o on o.lane_id = l.id and o.is_grouped
join queue_group_members m on m.lane_id = o.lane_id and m.seq = o.seq and m.state = 'failed'
where l.id = any ($1::bigint[]) and l.state <> 'parked'
