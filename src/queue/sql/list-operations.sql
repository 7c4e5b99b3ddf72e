-- Waiting operations with what people ask about them. $1 after lane, $2 after seq, $3 limit, $4 state, $5 target name,
-- $6 lane id, $7 seq (null: any).
select o.lane_id, o.seq, o.kind, o.state, o.attempts, o.created_at, o.subject, o.actor, o.request_id,
       o.waits_lane_id, o.waits_seq, o.waits_group_id,
       l.key as lane_key, l.state as lane_state, l.hold as lane_hold, l.run_at,
       t.name as target_name, t.hold as target_hold, t.hold_reason, t.breaker_open_until, t.breaker_reason,
       h.seq as head_seq, a.message as last_message
from queue_operations o
join queue_lanes l on l.id = o.lane_id
join queue_targets t on t.id = l.target_id
join lateral (
  select p.seq from queue_operations p where p.lane_id = o.lane_id order by p.seq limit 1
) h on true
left join lateral (
  select b.message
  from queue_attempts b
  where b.lane_id = o.lane_id and b.seq = o.seq and (o.attempts > 0 or o.state in ('FAILED', 'UNKNOWN'))
  order by b.ended_at desc limit 1
) a on true
where (o.lane_id, o.seq) > ($1::bigint, $2::bigint)
  and ($4::text is null or o.state = $4)
  and ($5::text is null or t.name = $5)
  and ($6::bigint is null or o.lane_id = $6)
  and ($7::bigint is null or o.seq = $7)
order by o.lane_id, o.seq
limit $3
