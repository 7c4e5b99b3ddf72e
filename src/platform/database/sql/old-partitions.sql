-- Days older than $1 days of which any listed table has a partition, with every listed table, in the order in which they
-- are to go: a table that kept rows of earlier days looks at them again.
with old as (
  select distinct to_date(substring(c.relname from '_p([0-9]{8})$'), 'YYYYMMDD') as day
  from platform_partitioned_tables t
  join pg_inherits i on i.inhparent = to_regclass(format('public.%I', t.name))
  join pg_class c on c.oid = i.inhrelid
)
select t.name as "table", to_char(o.day, 'YYYY-MM-DD') as day
from old o
cross join platform_partitioned_tables t
where o.day < (now() at time zone 'UTC')::date - $1::int
order by o.day, t.turn
