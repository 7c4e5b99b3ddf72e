// What surrounds the client: the only file that looks at the process, its variables and its clock.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export interface CliEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TerminalWritable;
  readonly stderr: TerminalWritable;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type TerminalWritable = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Not named PROVOST_…: the service refuses to start when a variable of that name is not a setting of its own. */
export const SERVER_VARIABLE = 'PROVOSTCTL_SERVER';
export const PASSWORD_FILE_VARIABLE = 'PROVOSTCTL_PASSWORD_FILE';

export function processEnvironment(): CliEnvironment {
  return {
    variables: process.env,
    home: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => Date.now(),
  };
}

/** The folder of the client's own files (XDG Base Directory: a relative XDG_CONFIG_HOME does not count). */
export function configFolder({ variables, home }: CliEnvironment): string {
  const configured = variables['XDG_CONFIG_HOME'];
  return join(configured && isAbsolute(configured) ? configured : join(home, '.config'), 'provost');
}
