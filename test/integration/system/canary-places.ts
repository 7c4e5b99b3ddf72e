// Where a secret could have got to besides logs and answers: rows, files, the arguments of processes.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { walk } from '../../support/walk.js';

export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Every row of every table as text, its bytes as hex and as what they may be text of. */
export async function rowsOf(url: string): Promise<Place[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string; bytes: string[] }>(
      `select format('%I.%I', n.nspname, c.relname) as name,
              coalesce(array_agg(format('%I', a.attname)) filter (where a.atttypid = 'bytea'::regtype), '{}') as bytes
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')
       group by 1 order by 1`,
    );
    const places: Place[] = [];
    for (const { name, bytes } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      places.push({ name, text: rows.map(({ row }) => row).join('\n') });
      for (const column of bytes) {
        const { rows: values } = await client.query<{ value: Buffer | null }>(
          `select ${column} as value from ${name}`,
        );
        const text = values.map(({ value }) => value?.toString('latin1') ?? '').join('\n');
        places.push({ name: `${name}.${column}`, text });
      }
    }
    // The statements of connections that are open, as anybody with pg_monitor sees them.
    const { rows: activity } = await client.query<{ query: string }>('select query from pg_stat_activity');
    return [...places, { name: 'pg_stat_activity', text: activity.map(({ query }) => query).join('\n') }];
  } finally {
    await client.end();
  }
}

export function filesOf(folder: string): Place[] {
  return walk(folder).map((file) => ({ name: file, text: readFileSync(file).toString('latin1') }));
}

/** The command line of every process that this one may see. */
export function argumentsOfProcesses(): Place[] {
  if (!existsSync('/proc/self/cmdline'))
    return [{ name: 'ps', text: execFileSync('ps', ['-A', '-ww', '-o', 'args'], { encoding: 'utf8' }) }];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ name: `process ${pid}`, text: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}
