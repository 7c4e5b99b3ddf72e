-- Ends waiting operations by a person's word. Run after locking their lanes. $1 lanes, $2 seqs, $3 end state, $4 result.
with removed as (
  delete from queue_operations o
  using unnest($1::bigint[], $2::bigint[]) as e(lane_id, seq)
  where o.lane_id = e.lane_id and o.seq = e.seq
  returning o.*
),
archived as (
  insert into queue_archive
    (lane_id, seq, kind, state, attempts, crashes, created_at, subject, result, payload, actor, request_id, lane_key, target_id)
  select r.lane_id, r.seq, r.kind, $3, r.attempts, r.crashes, r.created_at, r.subject, $4, r.payload, r.actor,
         r.request_id, l.key, l.target_id
  from removed r
  join queue_lanes l on l.id = r.lane_id
)
select r.lane_id, r.seq, r.kind, r.payload, r.actor, r.request_id,
       not exists (select from queue_operations p where p.lane_id = r.lane_id and p.seq < r.seq) as was_head
from removed r
