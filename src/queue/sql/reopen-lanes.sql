-- Gives lanes that nobody leases the state their new head asks for; a lane of one use that is empty goes. Run after
-- locking them. $1 lanes.
with lanes as (
  select l.id, l.is_single_use, l.tail_seq, l.admitted_seq, t.mode, h.seq, h.state, h.is_waiting
  from queue_lanes l
  join queue_targets t on t.id = l.target_id
  left join lateral (
    select o.seq, o.state, queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) as is_waiting
    from queue_operations o where o.lane_id = l.id order by o.seq limit 1
  ) h on true
  where l.id = any ($1::bigint[]) and l.state <> 'leased'
),
emptied as (
  delete from queue_lanes l using lanes n where l.id = n.id and n.is_single_use and n.seq is null
)
update queue_lanes l set
  state = queue_gate(n.state, n.is_waiting, n.mode, n.admitted_seq >= n.seq),
  hold = null,
  head_seq = coalesce(n.seq, n.tail_seq + 1),
  run_at = now()
from lanes n
where l.id = n.id and not (n.is_single_use and n.seq is null)
returning l.target_id, l.state
