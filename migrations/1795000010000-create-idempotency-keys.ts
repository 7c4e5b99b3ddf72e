import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers kept for requests that are repeated. */
export class CreateIdempotencyKeys1795000010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  // id is a hash of the caller and the key; attempt names the request that has the key, so that a late one cannot write.
  // committed_at is set in the transaction that carries the request out.
  `create table platform_idempotency_keys (
     id text collate "C" not null,
     fingerprint bytea not null,
     attempt uuid not null,
     leased_until timestamptz not null,
     committed_at timestamptz,
     answer_sealed bytea,
     expires_at timestamptz not null,
     constraint platform_idempotency_keys_pkey primary key (id),
     constraint platform_idempotency_keys_fingerprint_check check (octet_length(fingerprint) = 32)
   )`,
  'create index platform_idempotency_keys_expires_at_idx on platform_idempotency_keys (expires_at)',
];
