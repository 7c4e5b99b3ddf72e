// The CPU time of a whole PostgreSQL server: the postmaster, what it has reaped, and its living children.
import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from 'pg';

/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

interface ProcessStat {
  readonly parent: number;
  readonly own: number;
  readonly reaped: number;
}

export class PostgresUsage {
  private constructor(private readonly postmaster: number) {}

  static async of(client: Client): Promise<PostgresUsage> {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new PostgresUsage(statOf(rows[0]?.pid ?? 0)?.parent ?? 0);
  }

  /** Milliseconds since the server started. */
  cpuMs(): number {
    const own = statOf(this.postmaster);
    if (own === undefined) return NaN;
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => statOf(Number(name)))
      .filter((stat) => stat?.parent === this.postmaster);
    const ticks = children.reduce((sum, stat) => sum + (stat?.own ?? 0), own.own + own.reaped);
    return ticks * TICK_MS;
  }
}

/** Undefined once the process is gone. */
function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold spaces.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
    return { parent, own: user + system, reaped: childUser + childSystem };
  } catch {
    return undefined;
  }
}
