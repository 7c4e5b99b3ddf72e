-- Tries a failed head again at once, because a newer operation of its lane corrects it: values are computed at each
-- attempt. $1 lanes, $2 kinds that the tick of RetryProvisioning opens.
update queue_lanes l set
  state = case when l.state <> 'ready' and h.state = 'FAILED' and h.kind = any ($2::text[]) then 'gated-retry' else 'ready' end,
  run_at = case when l.state = 'parked' then now() else least(l.run_at, now()) end
from unnest($1::bigint[]) as n(id)
cross join lateral (
  select o.state, o.kind, o.supersession
  from queue_operations o where o.lane_id = n.id order by o.seq limit 1
) h
where l.id = n.id and l.state in ('parked', 'gated-retry', 'ready')
  and h.state in ('FAILED', 'UNKNOWN') and h.supersession = 'state'
returning l.id, l.target_id, l.state
