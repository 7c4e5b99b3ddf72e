-- Puts operations that did not end back at the head of their lanes, with the time of the next attempt.
-- $1 executor, then one array element an operation: $2 lanes, $3 tokens, $4 seqs, $5 states, $6 attempts,
-- $7 lane states, $8 milliseconds until the lane may run, $9 the lane's tail when it was claimed, $10 the lane
-- state by which a newer operation corrects a failed head (null: it does not), $11 what holds the lane, $12 whether
-- the attempt counts, $13 what it would have done when it is held.
-- Lanes whose row somebody holds are left out; the caller asks again for those it does not get back.
with kept as (
  select k.* from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::smallint[], $7::text[], $8::bigint[],
                            $9::bigint[], $10::text[], $11::text[], $12::boolean[], $13::text[])
    as k(lane_id, token, seq, state, attempts, lane_state, delay_ms, claimed_tail, corrected_state, hold, counts,
         hold_message)
),
free as (
  select l.id
  from kept k
  -- Found by its id and then looked at: by the owner a planner would look through all lanes.
  cross join lateral (select * from queue_lanes l where l.id = k.lane_id for update skip locked) l
  where l.owner_id = $1 and l.token = k.token
),
targets as (
  -- Whoever lifts a hold waits for this, and finds the lane held then.
  select t.id, t.hold from queue_targets t
  where t.id in (select l.target_id from kept k join queue_lanes l on l.id = k.lane_id where k.hold is not null)
  for share
),
placed as (
  select k.*, l.tail_seq, k.hold = 'readonly' and t.hold is distinct from 'readonly' as is_lifted
  from kept k
  join free f on f.id = k.lane_id
  join queue_lanes l on l.id = k.lane_id
  left join targets t on t.id = l.target_id
),
operations as (
  update queue_operations o set
    state = case when p.is_lifted and p.state in ('NOT_EXECUTED', 'BLOCKED') then 'CREATED' else p.state end,
    attempts = p.attempts,
    failed_since = case when p.counts then coalesce(o.failed_since, now()) else o.failed_since end
  from placed p
  where o.lane_id = p.lane_id and o.seq = p.seq
)
update queue_lanes l set
  -- A change that came since the claim may be the correction: the head is tried once more with it.
  state = case
    when p.lane_state = 'parked' and p.corrected_state is not null and l.tail_seq > p.claimed_tail then p.corrected_state
    when p.is_lifted then 'ready'
    else p.lane_state end,
  hold = case when p.is_lifted then null else p.hold end,
  hold_message = p.hold_message,
  owner_id = null,
  head_seq = p.seq,
  run_at = now() + case
    when p.corrected_state is not null and l.tail_seq > p.claimed_tail then interval '0'
    else make_interval(secs => p.delay_ms / 1000.0) end
from placed p
where l.id = p.lane_id
returning l.id as lane_id, p.seq, l.state, l.tail_seq > p.seq as is_followed
