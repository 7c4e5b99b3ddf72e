-- Archives what ended, hands out the next operation of each lane while its turn lasts, releases the others.
-- $1 executor, then one array element an operation: $2 lanes, $3 tokens, $4 seqs, $5 end states,
-- $6 results, $7 attempts that count.
-- A lane whose row somebody holds is neither handed out nor released: the caller releases it later.
-- Lanes are found by their ids and looked at then: by the owner a planner would look through all of them.
with ended as (
  select e.*, l.key as lane_key, l.target_id, l.handed_seq
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::smallint[])
    as e(lane_id, token, seq, state, result, attempts)
  cross join lateral (select * from queue_lanes l where l.id = e.lane_id offset 0) l
  where l.owner_id = $1 and l.token = e.token
),
removed as (
  delete from queue_operations o using ended e
  where o.lane_id = e.lane_id and o.seq = e.seq
  returning o.lane_id, o.seq, o.kind, e.state, e.attempts, o.crashes, o.created_at, o.subject, e.result, o.payload, o.actor,
            o.request_id, o.is_grouped, o.is_awaited, e.lane_key, e.target_id
),
archived as (
  insert into queue_archive
    (lane_id, seq, kind, state, attempts, crashes, created_at, subject, result, payload, actor, request_id, executor_id,
     lane_key, target_id)
  select r.lane_id, r.seq, r.kind, r.state, r.attempts, r.crashes, r.created_at, r.subject, r.result, r.payload, r.actor,
         r.request_id, $1, r.lane_key, r.target_id
  from removed r
),
onward as (
  select e.lane_id, n.*
  from ended e
  cross join lateral (
    select o.seq, o.kind, o.state, o.attempts, o.crashes, o.created_at, extract(epoch from now() - o.failed_since)::float8 * 1000 as failing_for_ms, o.subject, o.payload, o.actor,
           o.request_id, o.supersession, o.is_grouped, o.waits_lane_id, o.waits_group_id
    from queue_operations o
    where o.lane_id = e.lane_id and o.seq > e.seq and o.seq <= e.handed_seq
    order by o.seq limit 1
  ) n
  where n.waits_lane_id is null and n.waits_group_id is null
),
free as (
  select l.id, e.seq, l.tail_seq, l.is_single_use and l.tail_seq = e.seq as is_over
  from ended e
  cross join lateral (select * from queue_lanes l where l.id = e.lane_id for update skip locked) l
  where l.owner_id = $1 and l.token = e.token and not exists (select from onward n where n.lane_id = e.lane_id)
),
emptied as (
  delete from queue_lanes l using free f where l.id = f.id and f.is_over returning l.id
),
released as (
  -- Decided from the locked row: a look at the operations may miss one whose enqueue was just waited for.
  update queue_lanes l set
    state = case
      when f.tail_seq = f.seq then 'idle'
      else queue_gate(coalesce(h.state, 'CREATED'), coalesce(h.is_waiting, false), t.mode,
                      l.admitted_seq >= coalesce(h.seq, f.tail_seq)) end,
    owner_id = null,
    head_seq = f.seq + 1,
    priority = least(l.priority, 1),
    run_at = now()
  from free f
  join queue_lanes k on k.id = f.id
  join queue_targets t on t.id = k.target_id
  left join lateral (
    select o.seq, o.state,
           case when o.waits_lane_id is null and o.waits_group_id is null then false
                else queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) end as is_waiting
    from queue_operations o where o.lane_id = f.id and o.seq > f.seq and f.tail_seq > f.seq order by o.seq limit 1
  ) h on true
  where l.id = f.id and not f.is_over
  returning l.id
)
select 'next' as what, n.lane_id, n.seq, n.kind, n.state, n.attempts, n.crashes, n.created_at, n.failing_for_ms,
       n.subject, n.payload, n.actor, n.request_id, n.supersession, n.is_grouped, false as is_awaited
from onward n
union all
select 'released', r.id, null, null, null, null, null, null, null, null, null, null, null, null, null, null
from (select id from released union all select id from emptied) r
union all
-- What others count on or wait for.
select 'ended', r.lane_id, r.seq, null, r.state, null, null, null, null, null, null, null, null, null, r.is_grouped, r.is_awaited
from removed r
where r.is_grouped or r.is_awaited
