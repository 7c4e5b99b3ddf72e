-- Targets as people see them. $1 after id, $2 limit, $3 id (null: any), $4 the most lanes of a state that are counted.
select
  t.id, t.name, t.mode, t.hold, t.hold_reason, t.held_at, t.held_by, t.concurrency, t.rate_per_second, t.has_breaker,
  t.breaker_open_until, t.breaker_trips, t.breaker_reason,
  (select count(*) from queue_lanes l where l.target_id = t.id and l.state = 'leased') as leased,
  (select jsonb_object_agg(s.state, (
     select count(*) from (
       select from queue_lanes l where l.target_id = t.id and l.state = s.state limit $4) counted))
   from unnest(array['ready', 'gated-async', 'gated-retry', 'held', 'dependent', 'parked']) as s(state)) as lanes,
  now() as now
from queue_targets t
where t.id > $1 and ($3::int is null or t.id = $3)
order by t.id
limit $2
