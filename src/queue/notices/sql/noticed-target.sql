-- How a target stands now. $1 target, $2 lanes counted at most.
select
  t.id,
  t.name,
  t.hold,
  t.hold_reason as "holdReason",
  t.held_at as "heldAt",
  t.breaker_open_until as "breakerOpenUntil",
  t.breaker_reason as "breakerReason",
  (select count(*) from (select from queue_lanes l where l.target_id = t.id and l.state = 'parked' limit $2) counted) as parked,
  $2::integer as most
from queue_targets t
where t.id = $1
