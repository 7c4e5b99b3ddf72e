import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Database } from '../../../src/platform/database/index.js';
import { createTestDatabase } from '../../support/postgres.js';

/**
 * What runs for every operation, or for every look for work. A rescue is rare and may look at every lane: an index on
 * the owner would be paid for by each claim.
 */
const HOT = [
  'claim-lanes',
  'list-targets',
  'enqueue',
  'insert-operations',
  'supersede',
  'rearm-lanes',
  'lock-ended',
  'store-intents',
  'unsettled-intents',
  'finish-operations',
  'keep-operations',
  'settle-members',
  'join-groups',
  'find-waiters',
  'gate-lanes',
  'release-lanes',
  'hold-lanes',
  'take-probe',
];

/** Tables that can hold a million rows. */
const LARGE = [
  'queue_lanes',
  'queue_operations',
  'queue_archive',
  'queue_attempts',
  'queue_intents',
  'queue_group_members',
];

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

describe('the plans of what runs for every operation', () => {
  let database: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const created = await createTestDatabase();
    drop = created.drop;
    database = new Database({
      url: created.url,
      applicationName: 'plans',
      poolSize: 1,
      statementTimeoutMs: 110_000,
      keepsToIndexes: true,
    });
    await database.connect();
  });
  afterAll(async () => {
    await database.close();
    await drop();
  });

  /** The generic plan, as a worker's prepared statement gets it. */
  async function planOf(name: string): Promise<Plan> {
    const text = readFileSync(new URL(`../../../src/queue/sql/${name}.sql`, import.meta.url), 'utf8');
    const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const prepared = `plan_${name.replaceAll('-', '_')}`;
    await database.query(`prepare ${prepared} as ${text}`);
    try {
      const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
      const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `explain (format json) execute ${prepared}${parameters === 0 ? '' : `(${nulls})`}`,
      );
      if (!row) throw new Error(`no plan for ${name}`);
      return row['QUERY PLAN'][0].Plan;
    } finally {
      await database.query(`deallocate ${prepared}`);
    }
  }

  function nodesOf(plan: Plan): Plan[] {
    return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
  }

  /** How each large table is read. */
  async function accessesOf(name: string): Promise<string[]> {
    return (
      nodesOf(await planOf(name))
        .filter((node) => LARGE.some((table) => node['Relation Name']?.startsWith(table)))
        // What reads nothing itself: its children do.
        .filter((node) => !['ModifyTable', 'Bitmap Heap Scan'].includes(node['Node Type']))
        .map(
          (node) =>
            `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name']}${node['Index Cond'] ? '' : ' from end to end'}`,
        )
        .toSorted()
    );
  }

  async function fillTo(operations: number): Promise<void> {
    await database.query(
      `insert into queue_lanes (key, target_id, shard, state, tail_seq)
       select 'plan:' || $1::int || ':' || n, 1, 0, case n % 10 when 0 then 'parked' when 1 then 'gated-retry' else 'ready' end, 10
       from generate_series(1, $1::int / 10) as n`,
      [operations],
    );
    await database.query(
      `insert into queue_operations (lane_id, seq, kind, subject, payload, actor)
       select l.id, s, 'note', 's', '{}', 'a' from queue_lanes l cross join generate_series(1, 10) as s
       where l.key like 'plan:' || $1::int || ':%'`,
      [operations],
    );
    for (const table of ['queue_lanes', 'queue_operations']) await database.query(`analyze ${table}`);
  }

  async function accesses(): Promise<Record<string, string[]>> {
    const all: Record<string, string[]> = {};
    for (const name of HOT) all[name] = await accessesOf(name);
    return all;
  }

  const seen = new Map<string, string[]>();

  it.each(HOT)('reads no large table from end to end in an empty queue: %s', async (name) => {
    const found = await accessesOf(name);
    expect(found.filter((access) => /Seq Scan|end to end/.test(access))).toEqual([]);
    seen.set(name, found);
  });

  it('reads them in the same way with a thousand operations', async () => {
    await fillTo(1_000);
    expect(await accesses()).toEqual(Object.fromEntries(seen));
  });

  it('reads them in the same way with a million operations', async () => {
    await fillTo(1_000_000);
    expect(await accesses()).toEqual(Object.fromEntries(seen));
  }, 180_000);
});
