-- Everything that decides when one waiting operation moves. $1 lane, $2 seq, $3 lease in milliseconds, $4 the most that
-- is counted.
select
  o.lane_id, o.seq, o.kind, o.state, o.subject, o.created_at, o.waits_lane_id, o.waits_seq, o.waits_group_id,
  l.key as lane_key, l.state as lane_state, l.hold as lane_hold,
  -- Of an older hold when the target holds the lane now.
  case when l.hold not in ('disabled', 'maintenance', 'restored') then l.hold_message end as hold_message, l.run_at, l.handed_seq,
  h.seq as head_seq, h.last_seq, h.before,
  a.message as last_message, a.ended_at as last_attempt_at,
  t.id as target_id, t.name as target_name, t.hold as target_hold, t.hold_reason, t.held_at, t.held_by,
  t.breaker_open_until, t.breaker_reason, t.concurrency, t.rate_per_second,
  -- One operation is allowed when its share of a second has passed since the last.
  case when t.rate_next_at > '-infinity' then t.rate_next_at + make_interval(secs => 1 / t.rate_per_second) end
    as rate_allows_at,
  p.node as probe_node, t.probe_executor_id,
  x.id as executor_id, x.node, x.pid, x.beat_at, x.is_dead,
  (select max(i.stored_at) from queue_intents i
   where i.lane_id = o.lane_id and i.seq = o.seq and i.attempt = o.attempts + 1) as sent_at,
  (select count(*) from queue_lanes r where r.target_id = t.id and r.state = 'leased') as running,
  (select count(*) from (
     select from queue_lanes r
     where r.state = 'ready' and r.target_id = t.id and r.run_at <= now()
       and (r.priority, r.run_at, r.id) < (l.priority, l.run_at, l.id)
     limit $4) counted) as due_before,
  (select count(*) from queue_executors w
   where not w.is_dead and 'worker' = any (w.roles) and w.beat_at > now() - make_interval(secs => $3 / 1000.0)) as workers,
  now() as now
from queue_operations o
join queue_lanes l on l.id = o.lane_id
join queue_targets t on t.id = l.target_id
cross join lateral (
  select min(q.seq) as seq, max(q.seq) as last_seq, count(*) filter (where q.seq < o.seq) as before
  from queue_operations q where q.lane_id = o.lane_id
) h
left join queue_executors x on x.id = l.owner_id
left join queue_executors p on p.id = t.probe_executor_id and t.probe_until > now()
left join lateral (
  select b.message, b.ended_at
  from queue_attempts b
  where b.lane_id = o.lane_id and b.seq = o.seq and (o.attempts > 0 or o.state in ('FAILED', 'UNKNOWN'))
  order by b.ended_at desc limit 1
) a on true
where o.lane_id = $1 and o.seq = $2
