-- Puts failed or unknown operations back at the head of their lanes, with the time of the next attempt.
-- $1 executor, then one array element an operation: $2 lanes, $3 tokens, $4 seqs, $5 states, $6 attempts,
-- $7 lane states, $8 milliseconds until the lane may run, $9 the lane's tail when it was claimed, $10 the lane
-- state by which a newer operation corrects a failed head (null: it does not).
-- Lanes whose row somebody holds are left out; the caller asks again for those it does not get back.
with kept as (
  select k.* from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::smallint[], $7::text[], $8::bigint[],
                            $9::bigint[], $10::text[])
    as k(lane_id, token, seq, state, attempts, lane_state, delay_ms, claimed_tail, corrected_state)
),
free as (
  select l.id
  from kept k
  join queue_lanes l on l.id = k.lane_id and l.owner_id = $1 and l.token = k.token
  for update of l skip locked
),
operations as (
  update queue_operations o set
    state = k.state,
    attempts = k.attempts,
    failed_since = coalesce(o.failed_since, now())
  from kept k, free f
  where o.lane_id = k.lane_id and o.seq = k.seq and f.id = k.lane_id
)
update queue_lanes l set
  -- A change that came since the claim may be the correction: the head is tried once more with it.
  state = case
    when k.lane_state = 'parked' and k.corrected_state is not null and l.tail_seq > k.claimed_tail then k.corrected_state
    else k.lane_state end,
  owner_id = null,
  head_seq = k.seq,
  run_at = now() + make_interval(secs => k.delay_ms / 1000.0)
from kept k, free f
where l.id = k.lane_id and f.id = l.id
returning l.id as lane_id, l.state
