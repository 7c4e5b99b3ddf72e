-- The next records without a seal. $1, $2 after this transaction and id; $3 whether transactions that this cluster has not
-- reached count too (those of a restored database); $4 rows, $5 bytes of their documents as they are stored, at most; one
-- record at least. `picked` says how many rows there were before the bytes were counted.
select extract(epoch from r.recorded_at)::float8 * 1000 as recorded_at_ms,
       r.id::text as id, r.transaction_id::text as transaction_id,
       (to_jsonb(r.recorded_at at time zone 'UTC') #>> '{}') || 'Z' as recorded_at,
       r.actor, r.request_id, r.operation, r.action, r.object_type, r.object_id,
       r.before::text as before, r.after::text as after, r.picked
from (
  select n.*, count(*) over () as picked, sum(n.bytes) over (order by n.transaction_id, n.id) - n.bytes as bytes_before
  from (
    select r.*, coalesce(pg_column_size(r.before), 0) + coalesce(pg_column_size(r.after), 0) as bytes
    from audit_records r
    where (r.transaction_id, r.id) > ($1::text::xid8, $2::bigint)
      and r.transaction_id < case when $3 then '18446744073709551615'::xid8 else pg_snapshot_xmax(pg_current_snapshot()) end
      -- Here, so that no page is filled with what is sealed already, however long the horizon stays where it is.
      -- Each seal is looked up by itself: joined, the planner may read all of them for every page.
      and (select true from audit_seals s where s.record_id = r.id) is null
    order by r.transaction_id, r.id
    limit $4
  ) n
) r
where r.bytes_before < $5
order by r.id
