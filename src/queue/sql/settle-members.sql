-- Counts what became of members: 'done', 'failed' (also one that is parked) or 'open' (again). $1 lanes, $2 seqs,
-- $3 states. Gives the groups that have nothing open any more.
with changed as (
  select * from unnest($1::bigint[], $2::bigint[], $3::text[]) as c(lane_id, seq, state)
),
locked as (
  select g.id from queue_groups g
  where g.id in (
    select m.group_id from changed c join queue_group_members m on m.lane_id = c.lane_id and m.seq = c.seq)
  order by g.id
  for update
),
touched as (
  select m.group_id, m.lane_id, m.seq, m.state as was, c.state as becomes
  from changed c
  join queue_group_members m on m.lane_id = c.lane_id and m.seq = c.seq
  join locked k on k.id = m.group_id
  where m.state <> c.state
),
marked as (
  update queue_group_members m set state = t.becomes
  from touched t
  where m.group_id = t.group_id and m.lane_id = t.lane_id and m.seq = t.seq
),
counted as (
  update queue_groups g set
    open = g.open + d.open,
    failed = g.failed + d.failed,
    closed_at = case when g.open + d.open = 0 then coalesce(g.closed_at, now()) end
  from (
    select t.group_id,
           sum((t.becomes = 'open')::int - (t.was = 'open')::int) as open,
           sum((t.becomes = 'failed')::int - (t.was = 'failed')::int) as failed
    from touched t
    group by t.group_id
  ) d
  where g.id = d.group_id
  returning g.id, g.open
)
select c.id from counted c where c.open = 0
