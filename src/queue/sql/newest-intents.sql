-- What operations announced last. $1 lanes, $2 seqs.
select distinct on (i.lane_id, i.seq) i.lane_id, i.seq, i.action, i.identifier
from unnest($1::bigint[], $2::bigint[]) as n(lane_id, seq)
join queue_intents i on i.lane_id = n.lane_id and i.seq = n.seq
order by i.lane_id, i.seq, i.stored_at desc
