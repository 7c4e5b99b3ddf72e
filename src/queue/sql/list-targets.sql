-- The targets as one executor sees them, with its place among those that share the work. $1 executor.
select t.id, t.name, t.mode, t.hold, t.concurrency, t.rate_per_second, t.retry_policy, t.retry_settings, t.has_breaker, t.breaker_trips,
       case when t.breaker_open_until is null then 'closed' when t.breaker_open_until > now() then 'open' else 'half-open' end
         as breaker,
       x.executors, x.rank,
       exists (
         select from queue_lanes l
         where l.target_id = t.id and l.state = 'ready' and l.priority = 2 and l.run_at <= now()) as has_suspects
from queue_targets t
cross join (
  select greatest(count(*), 1)::int as executors, (count(*) filter (where e.id < $1))::int as rank
  from queue_executors e
  where not e.is_dead and 'worker' = any (e.roles)
) x
order by t.id
