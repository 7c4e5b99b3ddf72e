-- Frees lanes of dead executors. What had an intent is UNKNOWN now: it is read back before anything is sent again.
-- $1 lanes at most, $2 crashes that exhaust an operation. Whoever gave its registration back lives: nothing is counted
-- then.
with lost as (
  select l.id, l.owner_id, x.is_retired
  from queue_executors x
  join queue_lanes l on l.owner_id = x.id and l.state = 'leased'
  where x.is_dead and not x.is_rescued
  order by l.id
  limit $1
  for update of l skip locked
),
heads as (
  select lost.id as lane_id, h.seq, h.attempts, lost.owner_id, lost.is_retired, h.is_grouped,
         h.crashes + case when lost.is_retired then 0 else 1 end as crashes
  from lost
  cross join lateral (
    select o.seq, o.attempts, o.crashes, o.is_grouped
    from queue_operations o where o.lane_id = lost.id order by o.seq limit 1
  ) h
),
marked as (
  update queue_operations o set
    state = case when o.state = 'RUNNING' then 'UNKNOWN' else o.state end,
    attempts = o.attempts + case when h.is_retired then 0 else 1 end,
    crashes = h.crashes,
    failed_since = case when h.is_retired then o.failed_since else coalesce(o.failed_since, now()) end
  from heads h
  where o.lane_id = h.lane_id and o.seq = h.seq
),
noted as (
  insert into queue_attempts (lane_id, seq, attempt, outcome, code, message, started_at, executor_id)
  select h.lane_id, h.seq, h.attempts + 1, 'crashed',
         case when h.is_retired then 'lease-lost' else 'executor-died' end,
         case when h.is_retired then 'The process that ran this attempt lost the database; the attempt does not count.'
              else 'The process that ran this attempt died or lost the database.' end,
         now(), h.owner_id
  from heads h
)
update queue_lanes l set
  state = case when h.crashes >= $2 then 'parked' else 'ready' end,
  owner_id = null,
  token = l.token + 1,
  -- A suspect: it runs alone in its process, and nobody else's work with it.
  priority = case when h.crashes > 0 then 2 else l.priority end,
  -- It was due before all that came meanwhile; what waits for a person waits since now.
  run_at = case when h.crashes >= $2 then now() else least(l.run_at, now()) end
from lost
left join heads h on h.lane_id = lost.id
where l.id = lost.id
returning l.id, l.state, h.seq, h.is_grouped
