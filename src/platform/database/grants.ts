// Gives the role that serves exactly the rights that are declared for it, and takes all others away.
import { Client } from 'pg';

/** What one role may do. Whatever is not named here, it may not. */
export interface RoleGrants {
  /** By table: `select`, `insert`, `update`, `delete`, or `update (column)`. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** With the types of their arguments: `platform_make_partition(text, date)`. Nobody else may call them. */
  readonly functions: readonly string[];
}

/** The name of the role that a connection URL logs in as. */
export function roleOf(url: string): string {
  return new Client({ connectionString: url }).user ?? '';
}

/** @param client connected as the owner of the tables. @throws Error when there is no such role */
export async function applyGrants(client: Client, role: string, grants: RoleGrants): Promise<void> {
  const quoted = client.escapeIdentifier(role);
  const { rows: roles } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (roles.length === 0)
    throw new Error(
      `The role ${quoted} of DATABASE_URL does not exist on this server. Make it, as docs/operations.md says, and run this again.`,
    );
  const { rows } = await client.query<{ database: string; tables: string[]; functions: string[] }>(GIVEN, [
    role,
  ]);
  const { database = '', tables = [], functions = [] } = rows[0] ?? {};
  await client.query('begin');
  try {
    await client.query("set local lock_timeout = '5s'");
    for (const statement of [
      `revoke create, temporary on database ${client.escapeIdentifier(database)} from public, ${quoted}`,
      `grant connect on database ${client.escapeIdentifier(database)} to ${quoted}`,
      `revoke create on schema public from public, ${quoted}`,
      `grant usage on schema public to ${quoted}`,
      ...tables.map((table) => `revoke all on public.${client.escapeIdentifier(table)} from ${quoted}`),
      ...functions.map((name) => `revoke all on function ${name} from ${quoted}`),
      ...Object.entries(grants.tables).map(
        ([table, rights]) => `grant ${rights.join(', ')} on public.${table} to ${quoted}`,
      ),
      ...grants.functions.flatMap((name) => [
        `revoke all on function public.${name} from public`,
        `grant execute on function public.${name} to ${quoted}`,
      ]),
    ]) {
      await client.query(statement);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** What the role was given before. Partitions are reached through their table: rights on one are somebody's mistake. */
const GIVEN = `
  select current_database() as database,
         array(
           select c.relname::text from pg_class c
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
             and pg_has_role(c.relowner, 'usage')
             and exists (
               select from aclexplode(c.relacl) as acl where acl.grantee = $1::regrole
               union all
               select from pg_attribute a, aclexplode(a.attacl) as acl
               where a.attrelid = c.oid and acl.grantee = $1::regrole
             )
         ) as tables,
         array(
           select f.oid::regprocedure::text from pg_proc f
           where f.pronamespace = 'public'::regnamespace and pg_has_role(f.proowner, 'usage')
             and exists (select from aclexplode(f.proacl) as acl where acl.grantee = $1::regrole)
         ) as functions`;
