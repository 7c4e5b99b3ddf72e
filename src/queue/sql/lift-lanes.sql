-- Opens what a target held. Run after the target's row is updated. $1 target, $2 the holds that are lifted, $3 lanes
-- at most: the sweep opens the rest.
with batch as (
  select l.id from queue_lanes l
  where l.target_id = $1 and l.state = 'held' and l.hold = any ($2::text[])
  limit $3
),
held as (
  select l.id from queue_lanes l join batch on batch.id = l.id
  where l.state = 'held' and l.hold = any ($2::text[])
  order by l.key collate "C"
  for update of l
),
heads as (
  select h.id as lane_id, o.seq, o.state, queue_is_waiting(o.waits_lane_id, o.waits_seq, o.waits_group_id) as is_waiting
  from held h
  cross join lateral (
    select o.* from queue_operations o where o.lane_id = h.id order by o.seq limit 1
  ) o
),
begun as (
  update queue_operations o set state = 'CREATED'
  from heads h
  where o.lane_id = h.lane_id and o.seq = h.seq and o.state in ('NOT_EXECUTED', 'BLOCKED')
)
update queue_lanes l set
  state = case when h.seq is null then 'ready' else queue_gate(h.state, h.is_waiting, t.mode, l.admitted_seq >= h.seq) end,
  hold = null,
  run_at = now()
from held k
left join heads h on h.lane_id = k.id
join queue_targets t on t.id = $1
where l.id = k.id
returning l.id
