-- Seals in order, each with its record as it reads now. $1 after this position, $2 up to this one, $3 rows.
select s.position, s.record_id, s.hash,
       r.id::text as id, r.transaction_id::text as transaction_id,
       (to_jsonb(r.recorded_at at time zone 'UTC') #>> '{}') || 'Z' as recorded_at,
       r.actor, r.request_id, r.operation, r.action, r.object_type, r.object_id,
       r.before::text as before, r.after::text as after
from (
  select * from audit_seals where position > $1 and position <= $2 order by position limit $3
) s
-- One by one: joined, the planner may read all records for every page.
left join lateral (select * from audit_records where id = s.record_id limit 1) r on true
order by s.position
