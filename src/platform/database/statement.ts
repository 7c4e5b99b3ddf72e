import { readFileSync } from 'node:fs';

/** One hand-written SQL statement; PostgreSQL prepares it under its name, once a connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Reads `sql/<name>.sql` beside the calling file (pass `import.meta.url`). */
export function loadStatement(name: string, moduleUrl: string): Statement {
  return { name, text: readFileSync(new URL(`./sql/${name}.sql`, moduleUrl), 'utf8') };
}
