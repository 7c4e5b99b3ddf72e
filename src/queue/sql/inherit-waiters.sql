-- Whoever waited for a superseded operation waits for the one that replaced it, unless that one, by what it waits for
-- and stands behind, waits for them. $1 lane, $2 seq, $3 seq of the newer one.
with recursive ahead as (
  select $1::bigint as lane_id, $3::bigint as seq
  union
  select n.lane_id, n.seq
  from ahead a
  join queue_operations o on o.lane_id = a.lane_id and o.seq <= a.seq
  cross join lateral (values (o.lane_id, o.seq), (o.waits_lane_id, o.waits_seq)) as n(lane_id, seq)
  where n.lane_id is not null
)
update queue_operations o set waits_seq = $3
where o.waits_lane_id = $1 and o.waits_seq = $2
  and not exists (select from ahead a where a.lane_id = o.lane_id and a.seq = o.seq)
