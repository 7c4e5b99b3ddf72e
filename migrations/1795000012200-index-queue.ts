import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where lanes are found that wait for something else than their time; built while others write. */
export class IndexQueue1795000012200 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // It waits for every snapshot that is held, such as a backup's, and holds nobody up meanwhile.
    await runner.query('set lock_timeout = 0');
    try {
      for (const [name, definition] of INDEXES) await buildIndex(runner, name, definition);
      await runner.query('drop index concurrently if exists queue_lanes_gated_idx');
    } finally {
      await runner.query('reset lock_timeout');
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

/** Leaves one that is whole: a run that broke off goes on where it was. */
async function buildIndex(runner: QueryRunner, name: string, definition: string): Promise<void> {
  const broken = (await runner.query(
    'select from pg_index where indexrelid = to_regclass($1) and not indisvalid',
    [name],
  )) as unknown[];
  if (broken.length > 0) await runner.query(`drop index concurrently ${name}`);
  await runner.query(`create index concurrently if not exists ${name} on ${definition}`);
}

const INDEXES: readonly (readonly [name: string, definition: string])[] = [
  [
    'queue_lanes_waiting_idx',
    `queue_lanes (target_id, state, run_at)
     where state in ('gated-async', 'gated-retry', 'held', 'dependent', 'parked')`,
  ],
  [
    'queue_operations_waits_idx',
    'queue_operations (waits_lane_id, waits_seq) where waits_lane_id is not null',
  ],
  ['queue_operations_waits_group_idx', 'queue_operations (waits_group_id) where waits_group_id is not null'],
];
