-- The next records that may need a seal, with the snapshot they were read by. $1, $2 after this transaction and id;
-- $3 whether transactions that this cluster has not reached count too (those of a restored database); $4 rows.
-- Each seal is looked up by itself: joined, the planner may read all of them for every page.
select (select true from audit_seals s where s.record_id = r.id) is not null as is_sealed,
       extract(epoch from r.recorded_at)::float8 * 1000 as recorded_at_ms,
       r.id::text as id, r.transaction_id::text as transaction_id,
       (to_jsonb(r.recorded_at at time zone 'UTC') #>> '{}') || 'Z' as recorded_at,
       r.actor, r.request_id, r.operation, r.action, r.object_type, r.object_id,
       r.before::text as before, r.after::text as after
from (
  select * from audit_records
  where (transaction_id, id) > ($1::text::xid8, $2::bigint)
    and transaction_id < case when $3 then '18446744073709551615'::xid8 else pg_snapshot_xmax(pg_current_snapshot()) end
  order by transaction_id, id
  limit $4
) r
order by r.id
