-- Appends operations to their lanes. Lanes are locked in the order of their keys, so that two
-- transactions never wait for each other in a circle; the lane's lock gives the sequence numbers.
-- One array element a lane: $1 keys, $2 targets, $3 shards, $4 priorities, $5 how many operations,
-- $6 whether they wait for ProvisioningQueue on an asynchronous target. Keys whose failed head they correct: $7 by
-- the tick of RetryProvisioning, $8 by the claim.
with wanted as (
  select * from unnest($1::text[], $2::int[], $3::smallint[], $4::smallint[], $5::int[], $6::boolean[])
    as w(key, target_id, shard, priority, operations, is_gated)
)
insert into queue_lanes as lane (key, target_id, shard, priority, tail_seq, state, run_at)
select w.key, w.target_id, w.shard, w.priority, w.operations,
       case when w.is_gated and t.mode = 'asynchronous' then 'gated-async' else 'ready' end, now()
from wanted w
join queue_targets t on t.id = w.target_id
order by w.key collate "C"
on conflict (key) do update set
  tail_seq = lane.tail_seq + excluded.tail_seq,
  priority = least(lane.priority, excluded.priority),
  -- Values are computed at each attempt: a correction reaches the failed head before it.
  state = case
    when lane.state = 'idle' then excluded.state
    when lane.state in ('parked', 'gated-retry') and lane.key = any ($7::text[]) then 'gated-retry'
    when lane.state = 'parked' and lane.key = any ($8::text[]) then 'ready'
    else lane.state end,
  run_at = case
    when lane.state = 'idle' then now()
    when lane.state in ('parked', 'gated-retry') and lane.key = any ($7::text[]) then now()
    when lane.state in ('parked', 'ready') and lane.key = any ($8::text[]) then now()
    else lane.run_at end
returning lane.id, lane.key, lane.tail_seq, lane.target_id, lane.state
