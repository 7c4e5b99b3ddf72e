-- The records of one stretch of ids that have no seal, and in the row without an id how far it went. $1 after this id, $2 ids looked at.
with stretch as materialized (
  select id from audit_records where id > $1 order by id limit $2
)
select null::bigint as last_id, r.id, r.transaction_id::text as transaction_id,
       extract(epoch from r.recorded_at)::float8 * 1000 as recorded_at_ms
from stretch
join audit_records r on r.id = stretch.id
where (select true from audit_seals s where s.record_id = stretch.id) is null
union all
select max(id), null, null, null from stretch
