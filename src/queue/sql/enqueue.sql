-- Appends operations to their lanes. Lanes are locked in the order of their keys, so that two transactions never wait
-- for each other in a circle; the lane's lock gives the sequence numbers.
-- One array element a lane: $1 keys, $2 targets, $3 shards, $4 priorities, $5 how many operations, $6 whether the lane
-- goes with its last operation.
with wanted as (
  select * from unnest($1::text[], $2::int[], $3::smallint[], $4::smallint[], $5::int[], $6::boolean[])
    as w(key, target_id, shard, priority, operations, is_single_use)
)
insert into queue_lanes as lane (key, target_id, shard, priority, tail_seq, state, run_at, is_single_use)
select w.key, w.target_id, w.shard, w.priority, w.operations,
       queue_gate('CREATED', false, t.mode, false), now(), w.is_single_use
from wanted w
join queue_targets t on t.id = w.target_id
order by w.key collate "C"
on conflict (key) do update set
  tail_seq = lane.tail_seq + excluded.tail_seq,
  priority = case
    when lane.state = 'idle' then excluded.priority
    -- A suspect stays one until its head has ended.
    when lane.priority = 2 then 2
    else least(lane.priority, excluded.priority) end,
  state = case when lane.state = 'idle' then excluded.state else lane.state end,
  run_at = case when lane.state = 'idle' then now() else lane.run_at end
returning lane.id, lane.key, lane.tail_seq, lane.target_id, lane.state
