-- Leases due lanes of several targets to one executor, each with its head and a turn of operations.
-- $1 executor, $2 target ids, $3 free places at each, $4 operations a turn may take, $5 free places over all,
-- $6 priorities (0 urgent, 1 normal, 2 suspect of killing its process), the preferred one first. Held targets give
-- nothing; those with a rate give as many as it allows over all nodes, one operation a turn. A lane without a visible head (this snapshot is older than the enqueue) comes back
-- with seq null; one whose head waits for something, or for ProvisioningQueue, is gated instead.
with executor as (
  select x.id from queue_executors x where x.id = $1 and not x.is_dead for key share
),
limited as (
  -- Locked, so that two nodes do not spend the same tokens; whoever comes second looks again soon.
  select t.id,
         -- Intervals are rounded to microseconds: without one more a third of a second would never be a whole token.
         floor((extract(epoch from now() - greatest(t.rate_next_at, now() - make_interval(secs => t.burst / t.rate_per_second)))
                + 0.000001) * t.rate_per_second)::int as tokens
  from queue_targets t
  where t.id = any ($2::int[]) and t.rate_per_second is not null
  for no key update skip locked
),
wanted as (
  select w.target_id, t.mode, w.places as free,
         case when t.rate_per_second is null then w.places else least(w.places, coalesce(b.tokens, 0)) end as places,
         case when t.rate_per_second is null then $4::int else 1 end as turn
  from unnest($2::int[], $3::int[]) as w(target_id, places)
  join queue_targets t on t.id = w.target_id and (t.hold is null or t.hold = 'readonly')
  left join limited b on b.id = t.id
),
due as (
  -- A row locked here and cut off by a limit is free again when this statement ends.
  select l.id, l.run_at, l.admitted_seq, w.mode, w.turn, p.rank, w.places, w.free,
         row_number() over (partition by w.target_id order by p.rank, l.run_at, l.id) as nth
  from wanted w
  cross join executor
  cross join unnest($6::smallint[]) with ordinality as p(priority, rank)
  cross join lateral (
    select l.id, l.run_at, l.admitted_seq from queue_lanes l
    where l.state = 'ready' and l.target_id = w.target_id and l.priority = p.priority and l.run_at <= now()
    order by l.run_at, l.id
    limit w.places
    for update skip locked
  ) l
),
picked as (
  select due.id, due.turn, due.mode, due.admitted_seq
  from due
  where due.nth <= due.places
  -- Who has least in hand comes first: the long backlog of a slow target keeps no place from the others.
  order by due.rank, due.nth - due.free, due.run_at, due.id
  limit $5
),
heads as (
  select p.id as lane_id, p.turn, p.mode, h.*,
         case when h.seq is null then 'ready'
              else queue_gate(h.state, queue_is_waiting(h.waits_lane_id, h.waits_seq, h.waits_group_id), p.mode,
                              p.admitted_seq >= h.seq) end as gate
  from picked p
  left join lateral (
    select o.seq, o.kind, o.state, o.attempts, o.crashes, o.created_at, extract(epoch from now() - o.failed_since)::float8 * 1000 as failing_for_ms, o.subject, o.payload, o.actor,
           o.request_id, o.supersession, o.is_grouped, o.waits_lane_id, o.waits_seq, o.waits_group_id
    from queue_operations o where o.lane_id = p.id order by o.seq limit 1
  ) h on true
),
claimed as (
  update queue_lanes l set
    state = case h.gate when 'ready' then 'leased' else h.gate end,
    owner_id = case h.gate when 'ready' then $1::bigint end,
    token = l.token + 1,
    head_seq = coalesce(h.seq, l.head_seq),
    handed_seq = least(
      l.tail_seq,
      coalesce(h.seq, l.tail_seq) + h.turn - 1,
      case when h.mode = 'asynchronous' then greatest(l.admitted_seq, h.seq) else l.tail_seq end)
  from heads h
  where l.id = h.lane_id
  returning l.id, l.token, l.target_id, l.tail_seq, l.state
),
spent as (
  update queue_targets t set
    rate_next_at = greatest(t.rate_next_at, now() - make_interval(secs => t.burst / t.rate_per_second))
                   + make_interval(secs => s.operations / t.rate_per_second)
  from (select c.target_id, count(*) as operations from claimed c where c.state = 'leased' group by c.target_id) s
  where t.id = s.target_id and t.rate_per_second is not null
)
select c.id as lane_id, c.token, c.target_id, c.tail_seq, h.seq, h.kind, h.state, h.attempts, h.crashes, h.created_at,
       h.failing_for_ms, h.subject, h.payload, h.actor, h.request_id, h.supersession, h.is_grouped
from claimed c
join heads h on h.lane_id = c.id
where c.state = 'leased'
