-- Forgets groups that have had nothing open for so long, unless a member of theirs is parked. $1 days, $2 groups at
-- most.
delete from queue_groups g
where g.id in (
  select c.id from queue_groups c
  where c.open = 0 and coalesce(c.closed_at, c.created_at) < now() - make_interval(days => $1)
    and not exists (
      select from queue_group_members m
      join queue_operations o on o.lane_id = m.lane_id and o.seq = m.seq
      where m.group_id = c.id)
  limit $2
)
returning g.id
