import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may log in, the sessions they opened, and the keys that sign access tokens. Secrets are hashed or sealed. */
export class CreateAuth1795000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS = [
  // Logins are kept in lower case, so that one unique index makes them unique whatever the case.
  `create table auth_operators (
     id uuid not null default gen_random_uuid(),
     login text collate "C" not null,
     display_name text not null,
     password_hash text not null,
     roles text[] not null,
     is_disabled boolean not null default false,
     created_at timestamptz not null default now(),
     version integer not null default 1,
     constraint auth_operators_pkey primary key (id),
     constraint auth_operators_login_key unique (login),
     constraint auth_operators_login_check check (login ~ '^[a-z0-9][a-z0-9._@+-]{0,63}$'),
     constraint auth_operators_password_hash_check check (starts_with(password_hash, '$argon2id$')),
     constraint auth_operators_roles_check
       check (cardinality(roles) > 0 and roles <@ array['administrator', 'operator', 'auditor'])
   )`,
  // One login: a family of refresh tokens, each the successor of the one before.
  `create table auth_sessions (
     id uuid not null,
     operator_id uuid not null,
     generation integer not null default 1,
     created_at timestamptz not null default now(),
     idle_expires_at timestamptz not null,
     expires_at timestamptz not null,
     ended_at timestamptz,
     end_reason text,
     constraint auth_sessions_pkey primary key (id),
     constraint auth_sessions_operator_id_fkey
       foreign key (operator_id) references auth_operators (id) on delete cascade,
     constraint auth_sessions_end_reason_check
       check ((ended_at is null) = (end_reason is null)
         and end_reason in ('logout', 'token-reuse', 'operator-changed'))
   )`,
  'create index auth_sessions_operator_id_idx on auth_sessions (operator_id)',
  // Used tokens stay as long as their session: a second use must be recognized.
  `create table auth_refresh_tokens (
     token_hash bytea not null,
     session_id uuid not null,
     generation integer not null,
     rotated_at timestamptz,
     constraint auth_refresh_tokens_pkey primary key (token_hash),
     constraint auth_refresh_tokens_session_id_generation_key unique (session_id, generation),
     constraint auth_refresh_tokens_session_id_fkey
       foreign key (session_id) references auth_sessions (id) on delete cascade,
     constraint auth_refresh_tokens_token_hash_check check (octet_length(token_hash) = 32)
   )`,
  `create table auth_signing_keys (
     kid text not null,
     private_key_sealed bytea not null,
     is_active boolean not null,
     created_at timestamptz not null default now(),
     constraint auth_signing_keys_pkey primary key (kid)
   )`,
  'create unique index auth_signing_keys_is_active_idx on auth_signing_keys (is_active) where is_active',
  `create table auth_setup_tokens (
     is_only boolean not null default true,
     token_hash bytea not null,
     expires_at timestamptz not null,
     constraint auth_setup_tokens_pkey primary key (is_only),
     constraint auth_setup_tokens_is_only_check check (is_only),
     constraint auth_setup_tokens_token_hash_check check (octet_length(token_hash) = 32)
   )`,
];
