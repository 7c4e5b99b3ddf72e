import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who is who: identities, roles, assignments, form attributes and their values.
 * Attachments are kept here too, by what they contain, so that every node and every backup has them.
 */
export class CreateRegistry1795000005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS = [
  // The *_folded columns are written by the service: what lower() does depends on the database's locale.
  `create table registry_identities (
     id uuid not null default gen_random_uuid(),
     login text not null,
     login_folded text collate "C" not null,
     given_name text not null,
     surname text not null,
     surname_folded text collate "C" not null,
     display_name text,
     display_name_folded text collate "C",
     title text,
     email text,
     phone text,
     state text not null default 'active',
     version integer not null default 1,
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     constraint registry_identities_pkey primary key (id),
     constraint registry_identities_login_folded_key unique (login_folded),
     constraint registry_identities_login_folded_check check (login_folded <> ''),
     constraint registry_identities_state_check check (state in ('active', 'disabled'))
   )`,
  'create index registry_identities_surname_folded_idx on registry_identities (surname_folded)',
  'create index registry_identities_display_name_folded_idx on registry_identities (display_name_folded)',
  `create table registry_roles (
     id uuid not null default gen_random_uuid(),
     code text collate "C" not null,
     name text not null,
     description text,
     version integer not null default 1,
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     constraint registry_roles_pkey primary key (id),
     constraint registry_roles_code_key unique (code)
   )`,
  `create table registry_role_assignments (
     id uuid not null default gen_random_uuid(),
     identity_id uuid not null,
     role_id uuid not null,
     created_at timestamptz not null default now(),
     constraint registry_role_assignments_pkey primary key (id),
     constraint registry_role_assignments_identity_id_role_id_key unique (identity_id, role_id),
     constraint registry_role_assignments_identity_id_fkey
       foreign key (identity_id) references registry_identities (id) on delete cascade,
     constraint registry_role_assignments_role_id_fkey foreign key (role_id) references registry_roles (id)
   )`,
  'create index registry_role_assignments_role_id_idx on registry_role_assignments (role_id, identity_id)',
  `create table registry_form_attributes (
     id uuid not null default gen_random_uuid(),
     entity_type text not null,
     code text collate "C" not null,
     name text not null,
     type text not null,
     media_types text[] not null,
     max_bytes integer not null,
     created_at timestamptz not null default now(),
     constraint registry_form_attributes_pkey primary key (id),
     constraint registry_form_attributes_entity_type_code_key unique (entity_type, code),
     constraint registry_form_attributes_entity_type_check check (entity_type in ('identity')),
     constraint registry_form_attributes_type_check check (type in ('attachment')),
     constraint registry_form_attributes_max_bytes_check check (max_bytes > 0)
   )`,
  `create table registry_attachments (
     sha256 bytea not null,
     size_bytes integer not null,
     media_type text not null,
     created_at timestamptz not null default now(),
     constraint registry_attachments_pkey primary key (sha256),
     constraint registry_attachments_sha256_check check (octet_length(sha256) = 32),
     constraint registry_attachments_size_bytes_check check (size_bytes > 0)
   )`,
  `create table registry_attachment_chunks (
     sha256 bytea not null,
     ordinal integer not null,
     bytes bytea not null,
     constraint registry_attachment_chunks_pkey primary key (sha256, ordinal),
     constraint registry_attachment_chunks_sha256_fkey
       foreign key (sha256) references registry_attachments (sha256) on delete cascade
   )`,
  // Pictures and PDFs are compressed already: trying again costs time and gains nothing.
  'alter table registry_attachment_chunks alter column bytes set storage external',
  // The owner is any kind of entity, so no foreign key can name it: its row is locked by who writes a value.
  `create table registry_form_values (
     entity_id uuid not null,
     attribute_id uuid not null,
     sha256 bytea not null,
     updated_at timestamptz not null default now(),
     constraint registry_form_values_pkey primary key (entity_id, attribute_id),
     constraint registry_form_values_attribute_id_fkey
       foreign key (attribute_id) references registry_form_attributes (id),
     constraint registry_form_values_sha256_fkey foreign key (sha256) references registry_attachments (sha256)
   )`,
  'create index registry_form_values_attribute_id_idx on registry_form_values (attribute_id)',
  'create index registry_form_values_sha256_idx on registry_form_values (sha256)',
];
