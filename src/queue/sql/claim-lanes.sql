-- Leases due lanes of several targets to one executor, each with its head and a turn of operations.
-- $1 executor, $2 target ids, $3 free places at each, $4 operations a turn may take, $5 free places over all.
-- A lane without a visible head (this snapshot is older than the enqueue) comes back with seq null.
with executor as (
  select x.id from queue_executors x where x.id = $1 and not x.is_dead for key share
),
picked as (
  select due.id
  -- A row locked here and cut off by the limit is free again when this statement ends.
  from unnest($2::int[], $3::int[]) as w(target_id, places)
  cross join executor
  cross join lateral (
    select l.id, l.priority, l.run_at from queue_lanes l
    where l.state = 'ready' and l.target_id = w.target_id and l.run_at <= now()
    order by l.priority, l.run_at, l.id
    limit w.places
    for update skip locked
  ) due
  order by due.priority, due.run_at, due.id
  limit $5
),
heads as (
  select p.id as lane_id, h.*
  from picked p
  left join lateral (
    select o.seq, o.kind, o.state, o.attempts, o.crashes, o.created_at, o.failed_since, o.subject, o.payload, o.actor, o.request_id
    from queue_operations o where o.lane_id = p.id order by o.seq limit 1
  ) h on true
),
claimed as (
  update queue_lanes l set
    state = 'leased',
    owner_id = $1,
    token = l.token + 1,
    head_seq = coalesce(h.seq, l.head_seq),
    handed_seq = least(
      l.tail_seq,
      coalesce(h.seq, l.tail_seq) + $4::int - 1,
      case when t.mode = 'asynchronous' then greatest(l.admitted_seq, h.seq) else l.tail_seq end)
  from heads h, queue_targets t
  where l.id = h.lane_id and t.id = l.target_id
  returning l.id, l.token, l.target_id, l.tail_seq
)
select c.id as lane_id, c.token, c.target_id, c.tail_seq, h.seq, h.kind, h.state, h.attempts, h.crashes, h.created_at,
       h.failed_since, h.subject, h.payload, h.actor, h.request_id
from claimed c
join heads h on h.lane_id = c.id
