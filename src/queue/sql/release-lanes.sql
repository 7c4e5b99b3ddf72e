-- Gives back leased lanes of which nothing is running. Run it after locking them (lock-lanes), in the same
-- transaction: only then does this statement see every operation that was enqueued before.
-- $1 executor, $2 lanes, $3 tokens. What had its intent stored is UNKNOWN now. The lanes of an executor that was
-- declared dead are left to the rescue.
with sent as (
  update queue_operations o set state = 'UNKNOWN'
  from unnest($2::bigint[], $3::bigint[]) as r(lane_id, token)
  join queue_lanes l on l.id = r.lane_id and l.owner_id = $1 and l.token = r.token
  join queue_executors x on x.id = $1 and not x.is_dead
  where o.lane_id = r.lane_id and o.state = 'RUNNING'
)
update queue_lanes l set
  state = case
    when h.seq is null then 'idle'
    when t.mode = 'asynchronous' and h.state = 'CREATED' and l.admitted_seq < h.seq then 'gated-async'
    else 'ready' end,
  owner_id = null,
  run_at = now()
from unnest($2::bigint[], $3::bigint[]) as r(lane_id, token)
join queue_lanes k on k.id = r.lane_id
join queue_targets t on t.id = k.target_id
join queue_executors x on x.id = $1 and not x.is_dead
left join lateral (
  select o.seq, o.state from queue_operations o where o.lane_id = r.lane_id order by o.seq limit 1
) h on true
where l.id = r.lane_id and l.owner_id = $1 and l.token = r.token
returning l.id, l.state
