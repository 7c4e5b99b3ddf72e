-- Says of due lanes that their target holds them, so that people can find them: some at a time. $1 lanes at most a
-- target. The claim passes them over in any case.
with holding as (
  -- Whoever lifts the hold waits for this, and finds the lanes held then; one that is being lifted is left out.
  select t.id, t.hold from queue_targets t
  where t.hold in ('disabled', 'maintenance', 'restored')
  for share skip locked
),
due as (
  select l.id, t.hold
  from holding t
  cross join lateral (
    select l.id from queue_lanes l
    where l.state = 'ready' and l.target_id = t.id and l.run_at <= now()
    order by l.priority, l.run_at, l.id
    limit $1
    for update skip locked
  ) l
),
heads as (
  update queue_operations o set state = 'NOT_EXECUTED'
  from due d
  cross join lateral (select p.seq from queue_operations p where p.lane_id = d.id order by p.seq limit 1) h
  where o.lane_id = d.id and o.seq = h.seq and o.state = 'CREATED'
)
update queue_lanes l set state = 'held', hold = d.hold
from due d
where l.id = d.id
returning l.id
