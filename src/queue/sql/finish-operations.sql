-- Archives what ended, hands out the next operation of each lane while its turn lasts, releases the others.
-- $1 executor, then one array element an operation: $2 lanes, $3 tokens, $4 seqs, $5 end states,
-- $6 results, $7 attempts that count.
-- A lane whose row somebody holds is neither handed out nor released: the caller releases it later.
with ended as (
  select e.* from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::smallint[])
    as e(lane_id, token, seq, state, result, attempts)
),
removed as (
  delete from queue_operations o using ended e
  join queue_lanes l on l.id = e.lane_id and l.owner_id = $1 and l.token = e.token
  where o.lane_id = e.lane_id and o.seq = e.seq
  returning o.lane_id, o.seq, o.kind, e.state, e.attempts, o.crashes, o.created_at, o.subject, e.result, o.payload, o.actor, o.request_id
),
archived as (
  insert into queue_archive
    (lane_id, seq, kind, state, attempts, crashes, created_at, subject, result, payload, actor, request_id, executor_id)
  select r.lane_id, r.seq, r.kind, r.state, r.attempts, r.crashes, r.created_at, r.subject, r.result, r.payload, r.actor, r.request_id, $1
  from removed r
),
onward as (
  select e.lane_id, n.*
  from ended e
  join queue_lanes l on l.id = e.lane_id and l.owner_id = $1 and l.token = e.token
  cross join lateral (
    select o.seq, o.kind, o.state, o.attempts, o.crashes, o.created_at, o.failed_since, o.subject, o.payload, o.actor, o.request_id
    from queue_operations o
    where o.lane_id = e.lane_id and o.seq > e.seq and o.seq <= l.handed_seq
    order by o.seq limit 1
  ) n
),
free as (
  select l.id, e.seq
  from ended e
  join queue_lanes l on l.id = e.lane_id and l.owner_id = $1 and l.token = e.token
  where not exists (select from onward n where n.lane_id = l.id)
  for update of l skip locked
),
released as (
  -- Decided from the locked row: a look at the operations may miss one whose enqueue was just waited for.
  update queue_lanes l set
    state = case
      when l.tail_seq = f.seq then 'idle'
      when t.mode = 'asynchronous' and l.admitted_seq <= f.seq then 'gated-async'
      else 'ready' end,
    owner_id = null,
    head_seq = f.seq + 1,
    run_at = now()
  from free f, queue_targets t
  where l.id = f.id and t.id = l.target_id
  returning l.id, l.state
)
select n.lane_id, null as released_to, n.seq, n.kind, n.state, n.attempts, n.crashes, n.created_at, n.failed_since,
       n.subject, n.payload, n.actor, n.request_id
from onward n
union all
select r.id, r.state, null, null, null, null, null, null, null, null, null, null, null
from released r
