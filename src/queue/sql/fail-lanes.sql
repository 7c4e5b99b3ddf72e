-- Lanes whose head was enqueued as failed wait like after a failed attempt. $1 lanes, $2 seqs, $3 states,
-- $4 milliseconds. Those that are not the head of their lane do not come back: they are tried when their turn comes.
update queue_lanes l set
  state = n.state,
  run_at = now() + make_interval(secs => n.delay_ms / 1000.0)
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) as n(id, seq, state, delay_ms)
where l.id = n.id and l.state in ('ready', 'gated-async')
  and n.seq = (select min(o.seq) from queue_operations o where o.lane_id = n.id)
returning l.id as lane_id, n.seq, l.state
