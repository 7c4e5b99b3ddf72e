-- What decides whether a person may move an operation. $1 lane, $2 seq.
select o.seq, o.state, l.state as "laneState", l.hold as "laneHold", l.handed_seq as "handedSeq",
       (select min(p.seq) from queue_operations p where p.lane_id = o.lane_id) as "headSeq",
       (select max(p.seq) from queue_operations p where p.lane_id = o.lane_id) as "lastSeq",
       t.name as "targetName"
from queue_operations o
join queue_lanes l on l.id = o.lane_id
join queue_targets t on t.id = l.target_id
where o.lane_id = $1 and o.seq = $2
