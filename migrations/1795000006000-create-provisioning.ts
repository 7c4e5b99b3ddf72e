import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Systems, what is sent to them, and the accounts Provost answers for. */
export class CreateProvisioning1795000006000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS = [
  `create table provisioning_systems (
     id uuid not null default gen_random_uuid(),
     name text not null,
     description text not null default '',
     connector text not null,
     config jsonb not null,
     sealed_secrets bytea not null,
     target_id integer not null,
     version integer not null default 1,
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     constraint provisioning_systems_pkey primary key (id),
     constraint provisioning_systems_target_id_key unique (target_id),
     constraint provisioning_systems_target_id_fkey foreign key (target_id) references queue_targets (id)
   )`,
  `create unique index provisioning_systems_name_key on provisioning_systems (lower(name))`,
  `create table provisioning_mappings (
     id uuid not null default gen_random_uuid(),
     system_id uuid not null,
     entity_type text not null,
     object_class text not null,
     identifier_expression text not null,
     version integer not null default 1,
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     constraint provisioning_mappings_pkey primary key (id),
     constraint provisioning_mappings_system_id_entity_type_key unique (system_id, entity_type),
     constraint provisioning_mappings_system_id_fkey foreign key (system_id) references provisioning_systems (id),
     constraint provisioning_mappings_entity_type_check check (entity_type in ('identity'))
   )`,
  `create table provisioning_attribute_mappings (
     mapping_id uuid not null,
     attribute text not null,
     expression text not null,
     strategy text not null default 'set',
     is_multivalued boolean not null default false,
     is_correlation boolean not null default false,
     ordinal integer not null,
     constraint provisioning_attribute_mappings_pkey primary key (mapping_id, attribute),
     constraint provisioning_attribute_mappings_mapping_id_fkey
       foreign key (mapping_id) references provisioning_mappings (id) on delete cascade,
     constraint provisioning_attribute_mappings_strategy_check check (strategy in ('set', 'create'))
   )`,
  `create table provisioning_role_mappings (
     role_id uuid not null,
     mapping_id uuid not null,
     created_at timestamptz not null default now(),
     constraint provisioning_role_mappings_pkey primary key (role_id, mapping_id),
     constraint provisioning_role_mappings_role_id_fkey
       foreign key (role_id) references registry_roles (id),
     constraint provisioning_role_mappings_mapping_id_fkey
       foreign key (mapping_id) references provisioning_mappings (id)
   )`,
  'create index provisioning_role_mappings_mapping_id_idx on provisioning_role_mappings (mapping_id)',
  `create table provisioning_accounts (
     id bigint generated always as identity,
     system_id uuid not null,
     mapping_id uuid not null,
     entity_type text not null,
     entity_id uuid not null,
     state text not null default 'wanted',
     identifier text,
     native_id text,
     confirmed_at timestamptz,
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     constraint provisioning_accounts_pkey primary key (id),
     constraint provisioning_accounts_mapping_id_entity_id_key unique (mapping_id, entity_id),
     constraint provisioning_accounts_system_id_fkey foreign key (system_id) references provisioning_systems (id),
     constraint provisioning_accounts_mapping_id_fkey foreign key (mapping_id) references provisioning_mappings (id),
     constraint provisioning_accounts_state_check check (state in ('wanted', 'released', 'gone'))
   )`,
  'create index provisioning_accounts_entity_id_idx on provisioning_accounts (entity_id)',
  'create index provisioning_accounts_system_id_idx on provisioning_accounts (system_id, id)',
  // One object on a system belongs to one account.
  `create unique index provisioning_accounts_system_id_native_id_key
     on provisioning_accounts (system_id, native_id) where native_id is not null`,
  `create unique index provisioning_accounts_system_id_identifier_key
     on provisioning_accounts (system_id, md5(identifier)) where identifier is not null`,
  `create table provisioning_operations (
     lane_id bigint not null,
     seq bigint not null,
     system_id uuid not null,
     account_id bigint not null,
     entity_type text not null,
     entity_id uuid not null,
     change text not null,
     actor text not null,
     request_id text,
     created_at timestamptz not null default now(),
     constraint provisioning_operations_change_check check (change in ('match', 'delete'))
   ) partition by range (created_at)`,
  'create index provisioning_operations_account_id_idx on provisioning_operations (account_id, lane_id, seq)',
  `create table provisioning_operation_attributes (
     lane_id bigint not null,
     seq bigint not null,
     attribute text not null,
     was jsonb not null,
     becomes jsonb not null,
     recorded_at timestamptz not null default now()
   ) partition by range (recorded_at)`,
  'create index provisioning_operation_attributes_lane_id_seq_idx on provisioning_operation_attributes (lane_id, seq)',
];
