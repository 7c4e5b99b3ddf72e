-- Ends a waiting operation by a person's word. Run after locking its lane. $1 lane, $2 seq, $3 result.
with removed as (
  delete from queue_operations o where o.lane_id = $1 and o.seq = $2
  returning o.*
)
insert into queue_archive
  (lane_id, seq, kind, state, attempts, crashes, created_at, subject, result, payload, actor, request_id, executor_id)
select r.lane_id, r.seq, r.kind, 'CANCELED', r.attempts, r.crashes, r.created_at, r.subject, $3, r.payload, r.actor, r.request_id, null
from removed r
