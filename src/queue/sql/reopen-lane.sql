-- Gives a lane that nobody leases the state its new head asks for. Run after locking it. $1 lane.
update queue_lanes l set
  state = case
    when h.seq is null then 'idle'
    when t.mode = 'asynchronous' and l.admitted_seq < h.seq then 'gated-async'
    else 'ready' end,
  run_at = now()
from queue_lanes k
join queue_targets t on t.id = k.target_id
left join lateral (
  select o.seq from queue_operations o where o.lane_id = k.id order by o.seq limit 1
) h on true
where k.id = $1 and l.id = k.id and l.state <> 'leased'
returning l.target_id
