import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Realms of operators, where sessions come from, and the keys of services. */
export class CreateDoors1795000007000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  // Defaults without a volatile function rewrite nothing; what the earlier version inserts is a local operator.
  `alter table auth_operators
     add column realm text not null default 'local',
     add column identity_id uuid,
     add column permissions text[] not null default '{}',
     add column directory_uuid text,
     alter column password_hash drop not null,
     drop constraint auth_operators_login_key,
     drop constraint auth_operators_login_check,
     drop constraint auth_operators_roles_check,
     add constraint auth_operators_realm_login_key unique (realm, login),
     add constraint auth_operators_realm_check check (realm in ('local', 'dsa', 'identity', 'service')) not valid,
     add constraint auth_operators_login_check
       check (case when realm in ('local', 'service') then login ~ '^[a-z0-9][a-z0-9._@+-]{0,63}$'
              else login ~ '^[^[:cntrl:]]+$' and char_length(login) <= 256 end) not valid,
     add constraint auth_operators_realm_password_hash_check
       check ((realm = 'local') = (password_hash is not null)) not valid,
     add constraint auth_operators_realm_identity_id_check
       check ((realm = 'identity') = (identity_id is not null)) not valid,
     add constraint auth_operators_realm_directory_uuid_check
       check (realm in ('dsa', 'identity') or directory_uuid is null) not valid,
     add constraint auth_operators_roles_check
       check ((realm = 'service') = (cardinality(roles) = 0)
         and roles <@ array['administrator', 'operator', 'auditor', 'connector-administrator', 'task-runner', 'approver'])
       not valid,
     add constraint auth_operators_permissions_check
       check ((realm = 'service') = (cardinality(permissions) > 0) and array_position(permissions, null) is null)
       not valid`,
  ...[
    'realm_check',
    'login_check',
    'realm_password_hash_check',
    'realm_identity_id_check',
    'realm_directory_uuid_check',
    'roles_check',
    'permissions_check',
  ].map((name) => `alter table auth_operators validate constraint auth_operators_${name}`),
  // An identity is one operator, whatever it is called.
  `create unique index auth_operators_identity_id_idx on auth_operators (identity_id) where realm = 'identity'`,
  // What a service proves itself with: 256 random bits, known here by their hash.
  `create table auth_service_keys (
     id uuid not null default gen_random_uuid(),
     service_id uuid not null,
     key_hash bytea not null,
     name text not null,
     created_at timestamptz not null default now(),
     expires_at timestamptz not null,
     revoked_at timestamptz,
     last_used_at timestamptz,
     last_used_address text,
     constraint auth_service_keys_pkey primary key (id),
     constraint auth_service_keys_key_hash_key unique (key_hash),
     constraint auth_service_keys_service_id_fkey
       foreign key (service_id) references auth_operators (id) on delete cascade,
     constraint auth_service_keys_key_hash_check check (octet_length(key_hash) = 32),
     constraint auth_service_keys_expires_at_check check (expires_at <= created_at + interval '367 days')
   )`,
  'create index auth_service_keys_service_id_idx on auth_service_keys (service_id, created_at, id)',
  `alter table auth_sessions
     add column last_used_at timestamptz not null default now(),
     add column address text,
     add column client text,
     add column directory_dn text,
     add column directory_uuid text,
     add column service_key_id uuid,
     add constraint auth_sessions_service_key_id_fkey
       foreign key (service_key_id) references auth_service_keys (id) on delete cascade not valid,
     drop constraint auth_sessions_end_reason_check,
     add constraint auth_sessions_end_reason_check
       check ((ended_at is null) = (end_reason is null)
         and end_reason in ('logout', 'token-reuse', 'operator-changed', 'password-changed', 'ended-by-owner',
           'ended-by-administrator', 'account-changed', 'key-revoked'))
       not valid`,
  'alter table auth_sessions validate constraint auth_sessions_service_key_id_fkey',
  'alter table auth_sessions validate constraint auth_sessions_end_reason_check',
  // All tokens of a key belong to one session, which ends with it.
  `create unique index auth_sessions_service_key_id_idx on auth_sessions (service_key_id)
     where service_key_id is not null and ended_at is null`,
];
