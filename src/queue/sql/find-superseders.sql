-- What replaced these operations, as far as something did. $1 lanes, $2 seqs.
select distinct a.lane_id, a.seq, a.superseded_by
from unnest($1::bigint[], $2::bigint[]) as w(lane_id, seq)
join queue_archive a on a.lane_id = w.lane_id and a.seq = w.seq
where a.superseded_by is not null
