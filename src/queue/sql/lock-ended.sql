-- Which of these attempts may still be settled: their operation is there, their lane is leased by $1 under the same
-- token, and $1 is alive. Rescue takes the executor's row for update, so it waits until the settlement committed.
-- $2 lanes, $3 tokens, $4 seqs.
with executor as (
  select x.id from queue_executors x where x.id = $1 and not x.is_dead for key share
)
select e.lane_id, e.seq
from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as e(lane_id, token, seq)
cross join executor
-- Found by its id and then looked at: by the owner a planner would look through all lanes.
cross join lateral (select l.owner_id, l.token from queue_lanes l where l.id = e.lane_id offset 0) l
join queue_operations o on o.lane_id = e.lane_id and o.seq = e.seq
where l.owner_id = $1 and l.token = e.token
