-- "Attempt n is about to send this": stored, and the operation marked RUNNING, before the first byte leaves.
-- $1 executor, then one array element an intent. Only operations of lanes still leased by a living $1 come back;
-- where the target has become read-only nothing is stored and is_held is true.
with executor as (
  select x.id from queue_executors x where x.id = $1 and not x.is_dead for key share
),
intended as (
  select i.*, l.target_id
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::jsonb[])
    as i(lane_id, token, seq, attempt, action, identifier, digests)
  cross join executor
  -- Found by its id and then looked at: by the owner a planner would look through all lanes.
  cross join lateral (select * from queue_lanes l where l.id = i.lane_id offset 0) l
  where l.owner_id = $1 and l.token = i.token
),
targets as (
  -- Whoever makes a target read-only waits for what is about to be sent, and what comes later sees it.
  select t.id, coalesce(t.hold = 'readonly', false) as is_held
  from queue_targets t
  where t.id in (select i.target_id from intended i)
  for share
),
stored as (
  insert into queue_intents (lane_id, seq, attempt, action, identifier, digests, executor_id)
  select i.lane_id, i.seq, i.attempt, i.action, i.identifier, i.digests, $1
  from intended i join targets t on t.id = i.target_id and not t.is_held
),
running as (
  update queue_operations o set state = 'RUNNING'
  from intended i
  join targets t on t.id = i.target_id and not t.is_held
  where o.lane_id = i.lane_id and o.seq = i.seq
  returning o.lane_id, o.seq
)
select r.lane_id, r.seq, false as is_held from running r
union all
select i.lane_id, i.seq, true from intended i join targets t on t.id = i.target_id and t.is_held
