import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts of refused logins, shared by all nodes; and the times of signing keys, so that they rotate with an overlap. */
export class CreateLoginLimits1795000007500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  // What was typed as a login may be a password: rows are found by a keyed hash, and say nothing without the key.
  `create table auth_login_limits (
     key bytea not null,
     waits_until timestamptz not null default '-infinity',
     forgiven_at timestamptz not null default now(),
     known_until timestamptz,
     constraint auth_login_limits_pkey primary key (key),
     constraint auth_login_limits_key_check check (octet_length(key) = 32)
   )`,
  'create index auth_login_limits_forgotten_idx on auth_login_limits (greatest(forgiven_at, known_until))',
  `create table auth_login_limit_keys (
     is_only boolean not null default true,
     key_sealed bytea not null,
     constraint auth_login_limit_keys_pkey primary key (is_only),
     constraint auth_login_limit_keys_is_only_check check (is_only)
   )`,
  `alter table auth_signing_keys
     add column signs_from timestamptz not null default now(),
     add column retired_at timestamptz,
     add column accepted_until timestamptz,
     add constraint auth_signing_keys_retired_at_check
       check ((retired_at is null) = (accepted_until is null) and accepted_until >= retired_at)`,
  'update auth_signing_keys set signs_from = created_at',
];
