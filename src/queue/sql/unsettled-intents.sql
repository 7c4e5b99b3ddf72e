-- What earlier attempts of this lane were about to send and nobody knows the end of, newest first. $1 lane, $2 seq.
-- Earlier operations count too: a person may have canceled one whose effect was unknown. An attempt that executed its
-- operation has read the target: whatever was sent before it proves nothing any more.
select i.action, i.identifier, i.digests, i.seq = $2 as "isOwn"
from queue_intents i
left join lateral (
  select a.outcome from queue_attempts a
  where a.lane_id = i.lane_id and a.seq = i.seq and a.attempt = i.attempt and a.ended_at >= i.stored_at
  order by a.ended_at limit 1
) ended on true
where i.lane_id = $1 and i.seq <= $2 and coalesce(ended.outcome, 'crashed') in ('unknown', 'crashed')
  and i.seq > coalesce(
    (select e.seq from queue_archive e
     where e.lane_id = $1 and e.seq < $2 and e.state = 'EXECUTED' and e.executor_id is not null
     order by e.seq desc limit 1),
    0)
order by i.stored_at desc
limit 50
