-- How long the oldest due lane has waited on targets that take work, and whether anything was attempted in the last
-- $1 seconds.
select extract(epoch from now() - min(d.run_at))::float8 as waiting_seconds,
       exists (select from queue_attempts a where a.ended_at > now() - make_interval(secs => $1)) as moved
from queue_targets t
cross join unnest(array[0, 1, 2]::smallint[]) as p(priority)
cross join lateral (
  select l.run_at from queue_lanes l
  where l.state = 'ready' and l.target_id = t.id and l.priority = p.priority and l.run_at <= now()
  order by l.run_at
  limit 1
) d
where (t.hold is null or t.hold = 'readonly') and t.breaker_open_until is null
