import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people search the audit records by, and what the sealer reads; built while others write. */
export class IndexAudit1795000008500 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of INDEXES) {
      // One that broke off is there and not valid.
      await runner.query(`drop index concurrently if exists ${name}`);
      await runner.query(`create index concurrently ${name} on audit_records ${definition}`);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const INDEXES: readonly (readonly [name: string, definition: string])[] = [
  ['audit_records_transaction_id_idx', '(transaction_id, id)'],
  ['audit_records_recorded_at_idx', '(recorded_at, id)'],
  ['audit_records_actor_idx', '(actor, recorded_at, id)'],
  ['audit_records_action_idx', '(action, recorded_at, id)'],
  ['audit_records_request_id_idx', '(request_id) where request_id is not null'],
  ['audit_records_operation_idx', '(operation) where operation is not null'],
];
