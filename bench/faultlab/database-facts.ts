// What the database tells about a run: read only, but for ending the sessions of a node.
import { Client } from 'pg';
import type { LeftOperation } from './check-end.js';
import { portsOf } from './process-ports.js';
import type { CrashedAttempt } from './recovery.js';

const LEFT = `
  select 'o' || o.lane_id || '-' || o.seq as id, o.subject, o.state, l.state as lane, o.crashes,
         coalesce((select a.message from queue_attempts a where a.lane_id = o.lane_id and a.seq = o.seq
                   order by a.attempt desc limit 1), '') as words
  from queue_operations o join queue_lanes l on l.id = o.lane_id order by o.lane_id, o.seq`;

const CRASHED = `
  select x.pid, extract(epoch from a.ended_at) * 1000 as "rescuedAt",
         (select extract(epoch from min(b.ended_at)) * 1000 from queue_attempts b
          where b.lane_id = a.lane_id and b.ended_at > a.ended_at and b.outcome <> 'crashed') as "resumedAt"
  from queue_attempts a join queue_executors x on x.id = a.executor_id
  where a.outcome = 'crashed'`;

const ABANDONED = `
  select l.key as lane, l.owner_id as executor
  from queue_lanes l left join queue_executors x on x.id = l.owner_id
  where l.state = 'leased' and (x.id is null or x.is_dead or x.is_rescued)`;

export class DatabaseFacts {
  constructor(private readonly url: string) {}

  async waiting(): Promise<number> {
    const [row] = await this.#query<{ count: string }>('select count(*) from queue_operations');
    return Number(row?.count);
  }

  left(): Promise<(LeftOperation & { readonly crashes: number })[]> {
    return this.#query(LEFT);
  }

  /** Requests of which an operation is in the archive. */
  async archived(): Promise<ReadonlySet<string>> {
    const rows = await this.#query<{ request_id: string }>(
      `select distinct request_id from queue_archive where request_id like 'faultlab-%'`,
    );
    return new Set(rows.map((row) => row.request_id));
  }

  async crashed(): Promise<CrashedAttempt[]> {
    const rows = await this.#query<{ pid: number; rescuedAt: string; resumedAt: string | null }>(CRASHED);
    return rows.map(({ pid, rescuedAt, resumedAt }) => ({
      pid,
      rescuedAt: Number(rescuedAt),
      resumedAt: resumedAt === null ? null : Number(resumedAt),
    }));
  }

  /** Lanes in the hands of executors that are dead. */
  abandoned(): Promise<{ lane: string; executor: string }[]> {
    return this.#query(ABANDONED);
  }

  /** Ends every session that this process has here. */
  async disconnect(pid: number): Promise<void> {
    const ports = [...portsOf(pid)];
    await this.#query(
      'select pg_terminate_backend(pid) from pg_stat_activity where client_port = any ($1) and pid <> pg_backend_pid()',
      [ports],
    );
  }

  /** A session of its own each time: the server may have been restarted since the last. */
  async #query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url });
    // A session that the server ends says so here as well; the query fails by itself.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }
}
