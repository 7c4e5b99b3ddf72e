-- Gives back leased lanes of which nothing is running. Run it after locking them (lock-lanes), in the same
-- transaction: only then does this statement see every operation that was enqueued before.
-- $1 executor, $2 lanes, $3 tokens. What had its intent stored is UNKNOWN now. The lanes of an executor that was
-- declared dead are left to the rescue.
with owned as (
  -- Found by its id and then looked at: by the owner a planner would look through all lanes.
  select r.lane_id, l.target_id
  from unnest($2::bigint[], $3::bigint[]) as r(lane_id, token)
  join queue_executors x on x.id = $1 and not x.is_dead
  cross join lateral (select * from queue_lanes l where l.id = r.lane_id offset 0) l
  where l.owner_id = $1 and l.token = r.token
),
sent as (
  update queue_operations o set state = 'UNKNOWN'
  from owned w
  where o.lane_id = w.lane_id and o.state = 'RUNNING'
)
update queue_lanes l set
  state = queue_gate(h.state, h.is_waiting, t.mode, l.admitted_seq >= h.seq),
  owner_id = null,
  run_at = now()
from owned w
join queue_targets t on t.id = w.target_id
left join lateral (
  select o.seq, o.state, queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) as is_waiting
  from queue_operations o where o.lane_id = w.lane_id order by o.seq limit 1
) h on true
where l.id = w.lane_id
returning l.id, l.state
