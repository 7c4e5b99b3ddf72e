import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The sealed chain over the audit records, and that nobody changes them. */
export class SealAudit1795000008000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const APPEND_ONLY = ['audit_records', 'audit_seals', 'audit_anchor'];

const STATEMENTS: readonly string[] = [
  // No table is rewritten: the default is stable, so that the rows there are share this migration's transaction.
  `alter table audit_records
     add column operation text,
     add column transaction_id xid8 not null default pg_current_xact_id(),
     alter column recorded_at set default clock_timestamp()`,
  `create table audit_seals (
     position bigint not null,
     record_id bigint not null,
     hash bytea not null,
     constraint audit_seals_pkey primary key (position),
     constraint audit_seals_record_id_key unique (record_id)
   )`,
  `create table audit_anchor (
     id smallint not null default 1,
     position bigint not null,
     hash bytea not null,
     mac bytea not null,
     constraint audit_anchor_pkey primary key (id),
     constraint audit_anchor_id_check check (id = 1)
   )`,
  `create table audit_head (
     id smallint not null default 1,
     position bigint not null,
     hash bytea not null,
     horizon xid8 not null,
     ceiling xid8 not null,
     last_id bigint not null,
     passed_at timestamptz not null,
     cluster text not null,
     mac bytea not null,
     constraint audit_head_pkey primary key (id),
     constraint audit_head_id_check check (id = 1)
   )`,
  `create table audit_keys (
     name text not null,
     sealed bytea not null,
     created_at timestamptz not null default now(),
     constraint audit_keys_pkey primary key (name),
     constraint audit_keys_name_check check (name in ('chain', 'checkpoint'))
   )`,
  // Removes one stretch from the beginning. Its search path makes its name stand with its schema in the
  // context of a trigger, which lets it through when a session calls it by itself.
  `create function audit_forget(last_position bigint, anchor_hash bytea, anchor_mac bytea) returns void
   language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
   begin
     if exists (
       select from public.audit_seals s join public.audit_records r on r.id = s.record_id
       where s.position <= last_position and r.recorded_at > now() - interval '30 days'
     ) then
       raise exception 'Audit records younger than 30 days are never removed.';
     end if;
     delete from public.audit_records r using public.audit_seals s
     where s.position <= last_position and r.id = s.record_id;
     delete from public.audit_seals where position <= last_position;
     insert into public.audit_anchor (position, hash, mac) values (last_position, anchor_hash, anchor_mac)
     on conflict (id) do update set position = excluded.position, hash = excluded.hash, mac = excluded.mac
     where audit_anchor.position < excluded.position;
   end $$`,
  'revoke execute on function audit_forget(bigint, bytea, bytea) from public',
  String.raw`create function audit_refuse_change() returns trigger
   language plpgsql set search_path = pg_catalog as $$
   declare
     stack text;
     caller text;
   begin
     get diagnostics stack = pg_context;
     -- The last line is what the session called itself. The lines before may repeat text of statements, and the words
     -- around the name are in the language of the server; a name in quotes could be anything.
     caller := regexp_replace(stack, '^.*\n', '');
     if caller ~ '(^|[^a-zA-Z0-9_$."])public\.audit_forget\(bigint,bytea,bytea\)' and caller !~ '["»«]' then
       return null;
     end if;
     raise exception 'The audit record is append-only: % of % is refused.', lower(tg_op), tg_table_name
       using errcode = 'insufficient_privilege';
   end $$`,
  ...APPEND_ONLY.flatMap((table) => [
    `create trigger ${table}_append_only before update or delete or truncate on ${table}
     for each statement execute function audit_refuse_change()`,
    // Of the owner too; what the retention needs it keeps.
    `revoke truncate on ${table} from current_user`,
  ]),
  'revoke update on audit_records, audit_seals from current_user',
];
