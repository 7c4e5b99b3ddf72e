-- Ends as SUPERSEDED what newer operations of the same lane replace; domain/supersession.ts is the rule. Run after
-- their lanes are locked and the newer ones inserted. $1 lanes, $2 seqs, $3 'state' or 'end' of the newer ones.
with newer as (
  select * from unnest($1::bigint[], $2::bigint[], $3::text[]) as n(lane_id, seq, supersession)
),
candidates as (
  select o.lane_id, o.seq, n.seq as by_seq
  from newer n
  join queue_lanes l on l.id = n.lane_id
  join queue_operations o on o.lane_id = n.lane_id and o.seq < n.seq
  where o.supersession = 'state'
    and (l.state <> 'leased' or o.seq > l.handed_seq)
    and case n.supersession
          when 'end' then o.state in ('CREATED', 'NOT_EXECUTED', 'BLOCKED', 'FAILED')
          else o.state in ('CREATED', 'NOT_EXECUTED', 'BLOCKED') and not exists (
            select from queue_operations b
            where b.lane_id = o.lane_id and b.seq > o.seq and b.seq < n.seq and b.supersession is distinct from 'state')
        end
),
replaced as (
  -- By the first that stays: one of the newer may replace another.
  select distinct on (c.lane_id, c.seq) c.lane_id, c.seq, c.by_seq
  from candidates c
  where not exists (select from candidates d where d.lane_id = c.lane_id and d.seq = c.by_seq)
  order by c.lane_id, c.seq, c.by_seq
),
removed as (
  delete from queue_operations o using replaced r
  where o.lane_id = r.lane_id and o.seq = r.seq
  returning o.*, r.by_seq
),
archived as (
  insert into queue_archive
    (lane_id, seq, kind, state, attempts, crashes, created_at, subject, result, payload, actor, request_id, lane_key, target_id,
     superseded_by)
  select r.lane_id, r.seq, r.kind, 'SUPERSEDED', r.attempts, r.crashes, r.created_at, r.subject,
         'Superseded by o' || r.lane_id || '-' || r.by_seq, r.payload, r.actor, r.request_id, l.key, l.target_id, r.by_seq
  from removed r
  join queue_lanes l on l.id = r.lane_id
)
select r.lane_id, r.seq, r.by_seq, r.is_grouped, r.is_awaited,
       not exists (select from queue_operations p where p.lane_id = r.lane_id and p.seq < r.seq) as was_head
from removed r
