-- What the latest attempt that sent anything was about to do, in order. $1 lane, $2 seq, $3 created.
select i.action, i.identifier, i.digests, i.attempt
from queue_intents i
where i.lane_id = $1 and i.seq = $2 and i.stored_at >= $3
  and i.attempt = (
    select max(m.attempt) from queue_intents m where m.lane_id = $1 and m.seq = $2 and m.stored_at >= $3)
order by i.stored_at
