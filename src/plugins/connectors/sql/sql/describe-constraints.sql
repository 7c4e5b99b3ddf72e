with described_table as (
  select c.oid
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1
    and c.relname = $2
),
unique_index as (
  select
    index_class.relname::text as name,
    i.indrelid as table_id,
    i.indpred is null and i.indexprs is null and i.indisvalid and i.indimmediate as is_unique,
    (i.indkey::int2[])[0 : i.indnkeyatts - 1] as column_numbers
  from pg_catalog.pg_index i
  join described_table on described_table.oid = i.indrelid
  join pg_catalog.pg_class index_class on index_class.oid = i.indexrelid
  where i.indisunique
),
other_constraint as (
  select
    c.conname::text as name,
    c.conrelid as table_id,
    false as is_unique,
    c.conkey as column_numbers
  from pg_catalog.pg_constraint c
  join described_table on described_table.oid = c.conrelid
  where c.contype in ('c', 'f')
)
select
  described.name,
  described.is_unique,
  array(
    select a.attname::text
    from pg_catalog.pg_attribute a
    where a.attrelid = described.table_id
      and a.attnum = any (described.column_numbers)
    order by a.attnum
  ) as columns
from (
  select * from unique_index
  union all
  select * from other_constraint
) as described
