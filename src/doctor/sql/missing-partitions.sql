-- Days, from today on, that a partitioned table has no partition for. $1 days ahead.
select t.name as table_name, d.ahead
from platform_partitioned_tables t
cross join generate_series(0, $1::integer) as d(ahead)
where to_regclass(format('public.%I', t.name || '_p' || to_char((now() at time zone 'UTC')::date + d.ahead, 'YYYYMMDD'))) is null
order by d.ahead, t.name
