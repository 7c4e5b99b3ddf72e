import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people search the audit records by, and what the sealer reads; built while others write. */
export class IndexAudit1795000008500 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // It waits for every snapshot that is held, such as a backup's, and holds nobody up meanwhile.
    await runner.query('set lock_timeout = 0');
    try {
      for (const [name, definition] of INDEXES) await buildIndex(runner, name, definition);
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
  await runner.query(`create index concurrently if not exists ${name} on audit_records ${definition}`);
}

const INDEXES: readonly (readonly [name: string, definition: string])[] = [
  ['audit_records_transaction_id_idx', '(transaction_id, id)'],
  ['audit_records_recorded_at_idx', '(recorded_at, id)'],
  ['audit_records_actor_idx', '(actor, recorded_at, id)'],
  ['audit_records_action_idx', '(action, recorded_at, id)'],
  ['audit_records_request_id_idx', '(request_id) where request_id is not null'],
  ['audit_records_operation_idx', '(operation) where operation is not null'],
];
