-- Gives lanes that nobody has in hand the state their head asks for. $1 lanes, $2 the states to leave. A row that
-- somebody holds is left to the sweep.
with free as (
  select l.id
  from queue_lanes l
  where l.id = any ($1::bigint[]) and l.state = any ($2::text[]) and l.state <> 'leased'
  order by l.key collate "C"
  for update skip locked
)
update queue_lanes l set
  state = queue_gate(h.state, h.is_waiting, t.mode, l.admitted_seq >= h.seq),
  hold = null,
  -- Who stood in line keeps the place.
  run_at = case when l.state = 'ready' then least(l.run_at, now()) else now() end
from free f
join queue_lanes k on k.id = f.id
join queue_targets t on t.id = k.target_id
cross join lateral (
  select o.seq, o.state, queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) as is_waiting
  from queue_operations o where o.lane_id = f.id order by o.seq limit 1
) h
where l.id = f.id
returning l.id, l.target_id, l.state
