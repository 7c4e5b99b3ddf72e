-- What was accepted while the target was synchronous stays so. $1 target.
with accepted as (
  select l.id from queue_lanes l
  where l.target_id = $1 and l.admitted_seq < l.tail_seq
  order by l.key collate "C"
  for update
)
update queue_lanes l set admitted_seq = l.tail_seq
from accepted a
where l.id = a.id
