import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndexes } from './build-index.js';

/** Where lanes are found that wait for something else than their time; built while others write. */
export class IndexQueue1795000012200 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await buildIndexes(runner, INDEXES);
    await runner.query('drop index concurrently if exists queue_lanes_gated_idx');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
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
