select
  a.attname::text as name,
  format_type(a.atttypid, null) as type,
  t.typcategory = 'A' as is_array,
  coalesce(element.typname, t.typname) = 'bytea' as is_binary,
  -- A cast would cut a text to its length, and a bit string too, where an insert refuses it.
  case
    when coalesce(element.typname, t.typname) = 'bpchar' then case when element.oid is null then 'bpchar' else 'bpchar[]' end
    when coalesce(element.typname, t.typname) <> 'bytea' and coalesce(element.typcategory, t.typcategory) not in ('S', 'V')
      then format_type(a.atttypid, a.atttypmod)
  end as printed_as,
  not a.attnotnull as is_nullable,
  a.atthasdef or a.attidentity <> '' as has_default,
  a.attgenerated = '' and a.attidentity <> 'a' as is_writable
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_type element on element.oid = t.typelem and t.typcategory = 'A'
where n.nspname = $1
  and c.relname = $2
  and c.relkind in ('r', 'p')
  and a.attnum > 0
  and not a.attisdropped
order by a.attnum
