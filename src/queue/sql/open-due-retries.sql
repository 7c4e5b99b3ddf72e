-- The tick of RetryProvisioning: lanes whose head failed and whose time has come. Nothing else.
with due as (
  select l.id from queue_lanes l
  where l.state = 'gated-retry' and l.run_at <= now()
  order by l.key collate "C"
  for update skip locked
)
update queue_lanes l set state = 'ready'
from due d
where l.id = d.id
returning l.target_id
