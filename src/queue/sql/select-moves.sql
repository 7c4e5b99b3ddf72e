-- What a move of a person would do, in the order of lanes; domain/moves.ts is the rule. $1 move, $2 lanes and $3 seqs
-- that are named one by one (null: any), $4 target name, $5 state, $6 kind, $7 lane key (null: any), $8 at most.
-- 'cancel-behind' cancels what stands behind the operations that are meant. Unless it is named one by one, 'retry'
-- leaves out what is due already or waits for others, and without a state means what failed.
with candidates as (
  select o.lane_id, o.seq, o.state, o.kind
  from unnest($2::bigint[], $3::bigint[]) as n(lane_id, seq)
  join queue_operations o on o.lane_id = n.lane_id and o.seq = n.seq
  union all
  select o.lane_id, o.seq, o.state, o.kind from queue_operations o where $2::bigint[] is null
),
named as (
  select c.lane_id, c.seq
  from candidates c
  join queue_lanes l on l.id = c.lane_id
  join queue_targets t on t.id = l.target_id
  where ($4::text is null or t.name = $4)
    and ($5::text is null or c.state = $5)
    and ($6::text is null or c.kind = $6)
    and ($7::text is null or l.key = $7)
    and ($1 <> 'retry' or $2::bigint[] is not null
         or ($5::text is not null or c.state in ('FAILED', 'UNKNOWN'))
            and l.state <> 'dependent' and (l.state <> 'ready' or l.run_at > now()))
),
wanted as (
  select n.lane_id, n.seq from named n where $1 <> 'cancel-behind'
  union all
  select o.lane_id, o.seq
  from (select n.lane_id, min(n.seq) as seq from named n group by n.lane_id) first
  join queue_operations o on o.lane_id = first.lane_id and o.seq > first.seq
  where $1 = 'cancel-behind'
)
select o.lane_id, o.seq, o.kind, o.state, o.attempts, o.subject, o.is_grouped, o.is_awaited, l.key as lane_key,
       t.name as target_name
from wanted w
join queue_operations o on o.lane_id = w.lane_id and o.seq = w.seq
join queue_lanes l on l.id = o.lane_id
join queue_targets t on t.id = l.target_id
where case
  when $1 in ('cancel', 'cancel-behind') then l.state <> 'leased' or o.seq > l.handed_seq
  else
    l.state <> 'leased'
    and not exists (select from queue_operations p where p.lane_id = o.lane_id and p.seq < o.seq)
    and case $1
      when 'retry' then l.state <> 'held' or l.hold not in ('disabled', 'maintenance', 'readonly', 'restored')
      else o.state = 'UNKNOWN'
    end
end
order by o.lane_id, o.seq
limit $8
