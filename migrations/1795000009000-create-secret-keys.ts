import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The keys that secrets are sealed with, by their check values. */
export class CreateSecretKeys1795000009000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  // check_value is a known text sealed with the key: it opens, or the key is another one.
  `create table platform_secret_keys (
     id text collate "C" not null,
     check_value bytea not null,
     created_at timestamptz not null default now(),
     constraint platform_secret_keys_pkey primary key (id)
   )`,
];
