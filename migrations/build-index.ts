import type { QueryRunner } from 'typeorm';

/**
 * Indexes on tables in use, built while others write; for a migration outside a transaction. Each is left whole: a run
 * that broke off goes on where it was.
 */
export async function buildIndexes(
  runner: QueryRunner,
  indexes: readonly (readonly [name: string, definition: string])[],
): Promise<void> {
  // It waits for every snapshot that is held, such as a backup's, and holds nobody up meanwhile.
  await runner.query('set lock_timeout = 0');
  try {
    for (const [name, definition] of indexes) {
      const broken = (await runner.query(
        'select from pg_index where indexrelid = to_regclass($1) and not indisvalid',
        [name],
      )) as unknown[];
      if (broken.length > 0) await runner.query(`drop index concurrently ${name}`);
      await runner.query(`create index concurrently if not exists ${name} on ${definition}`);
    }
  } finally {
    await runner.query('reset lock_timeout');
  }
}
