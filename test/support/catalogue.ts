// A description of a database's schema that reads the same on every supported PostgreSQL, partitions left out.
import { Client } from 'pg';

const COLUMNS = `
  select c.relname as table, a.attname as column,
         format_type(a.atttypid, a.atttypmod)
           || case when a.attnotnull then ' not null' else '' end
           || case a.attidentity when 'a' then ' generated always as identity' else '' end
           || case when a.attgenerated = '' and d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
           || case when a.attgenerated <> '' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored' else '' end as text
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname collate "C", a.attnum`;

const CONSTRAINTS = `
  select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as text
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
  where not c.relispartition and k.contype <> 'n'
  order by c.relname collate "C", k.conname collate "C"`;

const INDEXES = `
  select t.relname as table, i.relname as name, pg_get_indexdef(i.oid) as text
  from pg_index x
  join pg_class i on i.oid = x.indexrelid
  join pg_class t on t.oid = x.indrelid
  join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'public'
  where not t.relispartition and not exists (select from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u'))
  order by t.relname collate "C", i.relname collate "C"`;

interface Row {
  readonly table: string;
  readonly name?: string;
  readonly column?: string;
  readonly text: string;
}

export async function describeCatalogue(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const [columns, constraints, indexes] = [
      (await client.query<Row>(COLUMNS)).rows,
      (await client.query<Row>(CONSTRAINTS)).rows,
      (await client.query<Row>(INDEXES)).rows,
    ];
    const tables = [...new Set(columns.map(({ table }) => table))].filter(
      (table) => table !== 'platform_migrations',
    );
    return tables
      .map((table) =>
        [
          table,
          ...columns.filter((row) => row.table === table).map(({ column, text }) => `  ${column} ${text}`),
          ...constraints
            .filter((row) => row.table === table)
            .map(({ name, text }) => `  constraint ${name} ${text}`),
          ...indexes.filter((row) => row.table === table).map(({ text }) => `  ${text}`),
          '',
        ].join('\n'),
      )
      .join('\n');
  } finally {
    await client.end();
  }
}
