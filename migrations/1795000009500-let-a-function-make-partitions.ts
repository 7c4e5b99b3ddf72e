import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The service makes partitions at run time: by a function of the owner, so that its own role needs no right to change tables. */
export class LetAFunctionMakePartitions1795000009500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  `create table platform_partitioned_tables (
     name text collate "C" not null,
     constraint platform_partitioned_tables_pkey primary key (name)
   )`,
  `insert into platform_partitioned_tables (name) values
     ('queue_attempts'), ('queue_intents'), ('queue_archive'),
     ('provisioning_operations'), ('provisioning_operation_attributes')`,
  // pg_temp last: nothing that the caller made can stand in for a table of ours.
  `create function platform_make_partition(parent text, day date) returns void
   language plpgsql security definer set search_path = pg_catalog, public, pg_temp
   as $$
   begin
     if not exists (select from public.platform_partitioned_tables as listed where listed.name = parent) then
       raise exception 'platform_partitioned_tables does not list %', parent using errcode = 'insufficient_privilege';
     end if;
     execute format(
       'create table if not exists public.%I partition of public.%I for values from (%L) to (%L)',
       parent || '_p' || to_char(day, 'YYYYMMDD'),
       parent,
       to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00',
       to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00'
     );
   end $$`,
  'revoke all on function platform_make_partition(text, date) from public',
];
