// What stands in the queue beside the work that is measured.
import type { Client } from 'pg';

export interface Filling {
  readonly key: string;
  readonly targetId: number;
  readonly kind: string;
  readonly lanes: number;
  /** Operations in each lane. */
  readonly depth: number;
  readonly laneState: 'ready' | 'parked';
}

export async function makeTarget(client: Client, name: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    'insert into queue_targets (name, concurrency) values ($1, 64) returning id',
    [name],
  );
  return rows[0]?.id ?? 0;
}

/** Rows as enqueueing writes them, without a statement for each. */
export async function fill(
  client: Client,
  { key, targetId, kind, lanes, depth, laneState }: Filling,
): Promise<void> {
  await client.query(
    `insert into queue_lanes (key, target_id, shard, state, run_at, tail_seq)
     select $1 || ':' || n, $2, 0, $3, now(), $4 from generate_series(1, $5::int) as n`,
    [key, targetId, laneState, depth, lanes],
  );
  await client.query(
    `insert into queue_operations (lane_id, seq, kind, state, subject, payload, actor)
     select l.id, s, $2, case when $3 = 'parked' and s = 1 then 'FAILED' else 'CREATED' end, 'filling', '{}', 'bench'
     from queue_lanes l cross join generate_series(1, $4::int) as s
     where l.key like $1 || ':%'`,
    [key, kind, laneState, depth],
  );
  await client.query('vacuum analyze queue_lanes');
  await client.query('vacuum analyze queue_operations');
}
