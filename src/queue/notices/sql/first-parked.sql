-- The operations of a target that have waited longest for a person. $1 target, $2 limit.
select
  l.id as "laneId",
  h.seq,
  h.subject,
  h.attempts,
  l.run_at as "parkedAt",
  last.code
from queue_lanes l
cross join lateral (
  select o.seq, o.subject, o.attempts from queue_operations o where o.lane_id = l.id order by o.seq limit 1
) h
left join lateral (
  select a.code from queue_attempts a where a.lane_id = l.id and a.seq = h.seq order by a.ended_at desc limit 1
) last on true
where l.target_id = $1 and l.state = 'parked'
order by l.run_at
limit $2
