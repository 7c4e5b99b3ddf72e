-- $1 ids.
select r.id::text as id, r.transaction_id::text as transaction_id,
       (to_jsonb(r.recorded_at at time zone 'UTC') #>> '{}') || 'Z' as recorded_at,
       r.actor, r.request_id, r.operation, r.action, r.object_type, r.object_id,
       r.before::text as before, r.after::text as after
from audit_records r
where r.id = any ($1::bigint[])
order by r.id
