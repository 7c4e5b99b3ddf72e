-- Which daily partitions are missing, from yesterday to $2 days ahead by the database's clock. $1 tables.
select t.name as "table", to_char(d.day, 'YYYY-MM-DD') as day
from unnest($1::text[]) as t(name)
cross join generate_series(-1, $2::int) as n(days)
cross join lateral (select (now() at time zone 'UTC')::date + n.days as day) d
where to_regclass(format('public.%I', t.name || '_p' || to_char(d.day, 'YYYYMMDD'))) is null
order by d.day, t.name
