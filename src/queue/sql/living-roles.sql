-- Processes that beat within a lease, by role. $1 lease in milliseconds.
select role, count(*) as nodes
from queue_executors x
cross join unnest(x.roles) as role
where not x.is_dead and x.beat_at > now() - make_interval(secs => $1 / 1000.0)
group by role
