-- The groups of superseded operations become those of the ones that replaced them; an operation counts once in a
-- group, and not in one that it waits for. Run after lock-groups. $1 lanes, $2 seqs, $3 seqs of the newer ones.
with replaced as (
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as r(lane_id, seq, by_seq)
),
left_behind as (
  delete from queue_group_members m using replaced r
  where m.lane_id = r.lane_id and m.seq = r.seq
  returning m.group_id, m.lane_id, r.by_seq, m.state
),
joined as (
  insert into queue_group_members (group_id, lane_id, seq)
  select distinct b.group_id, b.lane_id, b.by_seq
  from left_behind b
  join queue_operations o on o.lane_id = b.lane_id and o.seq = b.by_seq
  where o.waits_group_id is distinct from b.group_id
  on conflict (group_id, lane_id, seq) do nothing
  returning group_id
),
marked as (
  update queue_operations o set is_grouped = true
  from (select distinct b.lane_id, b.by_seq from left_behind b) n
  where o.lane_id = n.lane_id and o.seq = n.by_seq
)
update queue_groups g set
  open = g.open + d.open,
  failed = g.failed + d.failed,
  total = g.total + d.total,
  closed_at = case when g.open + d.open = 0 then coalesce(g.closed_at, now()) end
from (
  select c.group_id, sum(c.open) as open, sum(c.failed) as failed, sum(c.total) as total
  from (
    select b.group_id, (b.state = 'open')::int * -1 as open, (b.state = 'failed')::int * -1 as failed, -1 as total
    from left_behind b
    union all
    select j.group_id, 1, 0, 1 from joined j
  ) c
  group by c.group_id
) d
where g.id = d.group_id
