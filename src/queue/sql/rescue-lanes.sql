-- Frees lanes of dead executors. What had an intent is UNKNOWN now: it is read back before anything is sent again.
-- $1 lanes at most, $2 crashes that exhaust an operation.
with lost as (
  select l.id
  from queue_executors x
  join queue_lanes l on l.owner_id = x.id and l.state = 'leased'
  where x.is_dead and not x.is_rescued
  order by l.id
  limit $1
  for update of l skip locked
),
heads as (
  select lost.id as lane_id, h.seq, h.attempts, h.crashes + 1 as crashes, l.owner_id, h.is_grouped
  from lost
  join queue_lanes l on l.id = lost.id
  cross join lateral (
    select o.seq, o.attempts, o.crashes, o.is_grouped
    from queue_operations o where o.lane_id = lost.id order by o.seq limit 1
  ) h
),
marked as (
  update queue_operations o set
    state = case when o.state = 'RUNNING' then 'UNKNOWN' else o.state end,
    attempts = o.attempts + 1,
    crashes = h.crashes,
    failed_since = coalesce(o.failed_since, now())
  from heads h
  where o.lane_id = h.lane_id and o.seq = h.seq
  returning o.lane_id, o.seq
),
noted as (
  insert into queue_attempts (lane_id, seq, attempt, outcome, code, message, started_at, executor_id)
  select h.lane_id, h.seq, h.attempts + 1, 'crashed', 'executor-died',
         'The process that ran this attempt died or lost the database.', now(), h.owner_id
  from heads h
)
update queue_lanes l set
  state = case when h.crashes >= $2 then 'parked' else 'ready' end,
  owner_id = null,
  token = l.token + 1,
  -- A suspect: it runs alone in its process, and nobody else's work with it.
  priority = case when h.seq is null then l.priority else 2 end,
  run_at = now()
from lost
left join heads h on h.lane_id = lost.id
where l.id = lost.id
returning l.id, l.state, h.seq, h.is_grouped
