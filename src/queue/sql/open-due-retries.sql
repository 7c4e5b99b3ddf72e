-- The tick of RetryProvisioning: lanes whose head failed and whose time has come. Nothing else. $1 lanes at most.
with due as (
  select l.id
  from (select b.id from queue_lanes b where b.state = 'gated-retry' and b.run_at <= now() limit $1) as batch
  cross join lateral (
    select l.id, l.state from queue_lanes l where l.id = batch.id for update skip locked
  ) l
  where l.state = 'gated-retry'
)
update queue_lanes l set state = 'ready'
from due d
where l.id = d.id
returning l.target_id
