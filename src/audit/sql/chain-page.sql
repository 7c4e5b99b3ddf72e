-- Seals in order, each with its record as it reads now. $1 after this position, $2 up to this one; $3 rows, $4 bytes of
-- their documents as they are stored, at most; one seal at least.
select p.position, p.record_id, p.hash,
       p.id::text as id, p.transaction_id::text as transaction_id,
       (to_jsonb(p.recorded_at at time zone 'UTC') #>> '{}') || 'Z' as recorded_at,
       p.actor, p.request_id, p.operation, p.action, p.object_type, p.object_id,
       p.before::text as before, p.after::text as after
from (
  select s.*, r.*, sum(coalesce(r.bytes, 0)) over (order by s.position) - coalesce(r.bytes, 0) as bytes_before
  from (
    select * from audit_seals where position > $1 and position <= $2 order by position limit $3
  ) s
  -- One by one: joined, the planner may read all records for every page.
  left join lateral (
    select *, coalesce(pg_column_size(before), 0) + coalesce(pg_column_size(after), 0) as bytes
    from audit_records where id = s.record_id limit 1
  ) r on true
) p
where p.bytes_before < $4
order by p.position
