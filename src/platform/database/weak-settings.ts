// What is weaker than it could be between this process and its database: told once at the start.
import { isIP } from 'node:net';
import type { Database } from './database.js';

/** @returns one sentence for each weak setting, with what to do */
export async function weakDatabaseSettings(database: Database): Promise<string[]> {
  const [row] = await database.query<{ role: string; superuser: boolean; owner: boolean }>(
    `select current_user as role, rolsuper as superuser,
            exists (
              select from pg_class where relname = 'platform_migrations' and pg_has_role(relowner, 'usage')
            ) as owner
     from pg_roles where rolname = current_user`,
  );
  return [roleWeakness(row), transportWeakness(database.options.url)].filter((text) => text !== undefined);
}

function roleWeakness(
  row: { role: string; superuser: boolean; owner: boolean } | undefined,
): string | undefined {
  if (row === undefined || !(row.owner || row.superuser)) return undefined;
  const may = row.superuser ? 'is a superuser' : 'owns the tables';
  return (
    `The role ${row.role} of DATABASE_URL ${may}, so the database refuses it nothing. Give the service a role of its ` +
    'own, and the owner to npm run migrate by PROVOST_DATABASE_MIGRATE_URL (docs/operations.md).'
  );
}

/** The driver verifies certificate and name for every sslmode that asks for TLS, but where it is told to do as libpq does. */
export function transportWeakness(url: string): string | undefined {
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? hostname;
  if (isLocal(host)) return undefined;
  const mode = searchParams.get('sslmode');
  if (mode === 'verify-full') return undefined;
  if (mode === null || mode === 'disable')
    return `The connection to the database on ${host} is not encrypted. Add sslmode=verify-full to DATABASE_URL.`;
  return (
    `The connection to the database on ${host} says sslmode=${mode}, which need not verify the server. ` +
    'Say sslmode=verify-full in DATABASE_URL.'
  );
}

function isLocal(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '');
  if (name === '' || name === 'localhost' || name.startsWith('/')) return true;
  return isIP(name) === 4 ? name.startsWith('127.') : name === '::1';
}
