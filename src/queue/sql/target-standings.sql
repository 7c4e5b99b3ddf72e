-- The queue by target, at a cost that does not grow with what waits: each count follows an index and stops at $1.
-- Due is what a worker may take now: not on a held target, nor behind a breaker that is not closed. Lanes in hand are
-- counted by the process that has them.
select
  t.id,
  t.name,
  t.mode,
  t.hold,
  t.hold_reason as "holdReason",
  t.breaker_open_until as "breakerOpenUntil",
  t.breaker_reason as "breakerReason",
  coalesce(extract(epoch from now() - due.since), 0)::float8 as "oldestDueSeconds",
  jsonb_build_object(
    'ready', (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'ready' limit $1) counted),
    'gated-async', (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'gated-async' limit $1) counted),
    'gated-retry', (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'gated-retry' limit $1) counted),
    'held', (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'held' limit $1) counted),
    'dependent', (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'dependent' limit $1) counted),
    'parked', (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'parked' limit $1) counted)
  ) as lanes
from queue_targets t
cross join lateral (
  select min(first.run_at) as since
  from (values (0::smallint), (1::smallint)) as p(priority)
  cross join lateral (
    select l.run_at from queue_lanes l
    where l.target_id = t.id and l.state = 'ready' and l.priority = p.priority and l.run_at <= now()
    order by l.run_at
    limit 1
  ) first
  where (t.hold is null or t.hold = 'readonly') and t.breaker_open_until is null
) due
order by t.id
