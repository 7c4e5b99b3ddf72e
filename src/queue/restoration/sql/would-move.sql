-- What waits, by target and kind; of what was begun the effect may have happened after the backup.
select t.name as target, o.kind, count(*) as operations,
       count(*) filter (where o.state in ('RUNNING', 'UNKNOWN')) as unknown,
       min(o.created_at) as oldest
from queue_operations o
join queue_lanes l on l.id = o.lane_id
join queue_targets t on t.id = l.target_id
group by t.name, o.kind
order by t.name, o.kind
