import { readFileSync } from 'node:fs';

/** One hand-written SQL statement; PostgreSQL prepares it under its name, once a connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Reads `sql/<name>.sql` beside the calling file (pass `import.meta.url`). */
export function loadStatement(name: string, moduleUrl: string): Statement {
  const file = new URL(`./sql/${name}.sql`, moduleUrl);
  // Prepared statements share one name space on a connection: the module's folder tells equal names apart.
  const [, module] = /([^/]+)\/sql\/[^/]+$/.exec(file.pathname) ?? [];
  return { name: `${module}/${name}`, text: readFileSync(file, 'utf8') };
}
