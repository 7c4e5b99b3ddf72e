import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndexes } from './build-index.js';

/** What people search the audit records by, and what the sealer reads; built while others write. */
export class IndexAudit1795000008500 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await buildIndexes(runner, INDEXES);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const INDEXES: readonly (readonly [name: string, definition: string])[] = [
  ['audit_records_transaction_id_idx', 'audit_records (transaction_id, id)'],
  ['audit_records_recorded_at_idx', 'audit_records (recorded_at, id)'],
  ['audit_records_actor_idx', 'audit_records (actor, recorded_at, id)'],
  ['audit_records_action_idx', 'audit_records (action, recorded_at, id)'],
  ['audit_records_request_id_idx', 'audit_records (request_id) where request_id is not null'],
  ['audit_records_operation_idx', 'audit_records (operation) where operation is not null'],
];
