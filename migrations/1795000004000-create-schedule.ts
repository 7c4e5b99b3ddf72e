import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What fires when, and what came of it. */
export class CreateSchedule1795000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS = [
  // version counts the changes of an administrator: at 1 the row still follows the defaults of the code.
  // run_id and running_until are the lease of the run in progress; the process that runs it renews the lease.
  `create table schedule_entries (
     name text collate "C" not null,
     cron text not null,
     zone text not null,
     is_paused boolean not null default false,
     last_slot timestamptz,
     skipped_slots bigint not null default 0,
     run_id uuid,
     running_until timestamptz,
     last_started_at timestamptz,
     last_finished_at timestamptz,
     last_outcome text,
     last_counts jsonb,
     last_error text,
     version integer not null default 1,
     constraint schedule_entries_pkey primary key (name),
     constraint schedule_entries_run_id_check check ((run_id is null) = (running_until is null)),
     constraint schedule_entries_last_outcome_check check (last_outcome in ('succeeded', 'failed'))
   )`,
  // Milliseconds, because started_at is half of the key that pages of runs are cut by.
  `create table schedule_runs (
     id uuid not null,
     name text collate "C" not null,
     slot timestamptz,
     trigger text not null,
     actor text not null,
     node text not null,
     started_at timestamptz(3) not null default now(),
     finished_at timestamptz,
     outcome text,
     counts jsonb,
     error text,
     constraint schedule_runs_pkey primary key (id),
     constraint schedule_runs_name_slot_key unique (name, slot),
     constraint schedule_runs_name_fkey foreign key (name) references schedule_entries (name),
     constraint schedule_runs_trigger_check
       check (trigger in ('slot', 'manual') and (trigger = 'slot') = (slot is not null)),
     constraint schedule_runs_outcome_check
       check ((finished_at is null) = (outcome is null) and outcome in ('succeeded', 'failed'))
   )`,
  'create index schedule_runs_name_started_at_idx on schedule_runs (name, started_at desc, id desc)',
];
