-- "Attempt n is about to send this": stored, and the operation marked RUNNING, before the first byte leaves.
-- $1 executor, then one array element an intent. Only operations of lanes still leased by a living $1 come back.
with executor as (
  select x.id from queue_executors x where x.id = $1 and not x.is_dead for key share
),
intended as (
  select i.*
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::jsonb[])
    as i(lane_id, token, seq, attempt, action, identifier, digests)
  join queue_lanes l on l.id = i.lane_id and l.owner_id = $1 and l.token = i.token
  cross join executor
),
stored as (
  insert into queue_intents (lane_id, seq, attempt, action, identifier, digests, executor_id)
  select i.lane_id, i.seq, i.attempt, i.action, i.identifier, i.digests, $1 from intended i
)
update queue_operations o set state = 'RUNNING'
from intended i
where o.lane_id = i.lane_id and o.seq = i.seq
returning o.lane_id, o.seq
