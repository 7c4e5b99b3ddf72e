-- How long the oldest record has waited that came after every sealed one: two looks at indexes, whatever waits.
select coalesce(extract(epoch from clock_timestamp() - min(r.recorded_at)), 0)::float8 as seconds
from (
  select recorded_at from audit_records
  where id > coalesce((select max(record_id) from audit_seals), 0)
  order by id
  limit 1
) r
