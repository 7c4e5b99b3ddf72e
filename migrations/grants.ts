// What the role that serves may do; `npm run migrate` gives it exactly this. Whoever adds a table says here what for.
import type { RoleGrants } from '../src/platform/database/index.js';

const READ = ['select'] as const;
/** Rows are written once: nobody changes or removes them. */
const APPEND = ['select', 'insert'] as const;
/** Rows stay: at most they change. */
const KEEP = ['select', 'insert', 'update'] as const;
const WRITE = ['select', 'insert', 'update', 'delete'] as const;

export const servingGrants: RoleGrants = {
  tables: {
    audit_anchor: READ,
    audit_head: KEEP,
    // A new key of secrets wraps it anew; nothing else of it changes.
    audit_keys: ['select', 'insert', 'update (sealed)'],
    audit_records: APPEND,
    audit_records_id_seq: READ,
    audit_seals: APPEND,
    auth_login_limit_keys: ['select', 'insert', 'update (key_sealed)', 'delete'],
    auth_login_limits: WRITE,
    auth_operators: WRITE,
    auth_refresh_tokens: WRITE,
    auth_service_keys: WRITE,
    auth_sessions: WRITE,
    auth_setup_tokens: WRITE,
    auth_signing_keys: WRITE,
    platform_idempotency_keys: WRITE,
    platform_migrations: READ,
    platform_partitioned_tables: READ,
    platform_secret_keys: ['select', 'insert', 'delete'],
    provisioning_accounts: WRITE,
    provisioning_attribute_mappings: WRITE,
    provisioning_mappings: WRITE,
    provisioning_operation_attributes: APPEND,
    provisioning_operations: APPEND,
    provisioning_role_mappings: WRITE,
    provisioning_systems: WRITE,
    queue_archive: APPEND,
    queue_attempts: APPEND,
    queue_executors: WRITE,
    queue_group_members: WRITE,
    queue_groups: WRITE,
    queue_installation: KEEP,
    queue_intents: APPEND,
    queue_lanes: WRITE,
    queue_operations: WRITE,
    queue_targets: WRITE,
    registry_attachment_chunks: APPEND,
    registry_attachments: WRITE,
    registry_form_attributes: KEEP,
    registry_form_values: WRITE,
    registry_identities: WRITE,
    registry_role_assignments: WRITE,
    registry_roles: WRITE,
    schedule_entries: KEEP,
    schedule_runs: WRITE,
  },
  functions: [
    'audit_forget(bigint, bytea, bytea)',
    'platform_drop_partition(text, date)',
    'platform_make_partition(text, date)',
  ],
};
