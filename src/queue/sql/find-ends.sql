-- The newest operation behind a head that ends all before it. $1 lanes, $2 seqs of the heads.
select e.lane_id, e.seq
from unnest($1::bigint[], $2::bigint[]) as h(lane_id, seq)
cross join lateral (
  select o.lane_id, o.seq from queue_operations o
  where o.lane_id = h.lane_id and o.seq > h.seq and o.supersession = 'end'
  order by o.seq desc limit 1
) e
