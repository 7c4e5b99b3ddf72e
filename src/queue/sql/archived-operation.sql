-- One finished operation. Its lane may be gone: the archive keeps what people ask about. $1 lane, $2 seq.
select a.kind, a.state, a.attempts, a.created_at, a.finished_at, a.subject, a.result, a.actor, a.request_id,
       a.superseded_by, coalesce(a.lane_key, l.key) as lane_key, t.name as target_name
from queue_archive a
left join queue_lanes l on l.id = a.lane_id
left join queue_targets t on t.id = coalesce(a.target_id, l.target_id)
where a.lane_id = $1 and a.seq = $2
