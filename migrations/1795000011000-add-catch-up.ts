import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a schedule does about times it missed. */
export class AddCatchUp1795000011000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  // considered_until: what came up to here is dealt with. Times before this migration are not made up for.
  // Milliseconds, because the position that a decision was made from is compared with what it is now.
  `alter table schedule_entries
     add column catch_up text not null default 'once',
     add column considered_until timestamptz(3) not null default now(),
     add constraint schedule_entries_catch_up_check check (catch_up in ('skip', 'once', 'all')) not valid`,
  'alter table schedule_entries validate constraint schedule_entries_catch_up_check',
  `alter table schedule_runs
     drop constraint schedule_runs_trigger_check,
     add constraint schedule_runs_trigger_check
       check (trigger in ('slot', 'catch-up', 'manual') and (trigger = 'manual') = (slot is null)) not valid`,
  'alter table schedule_runs validate constraint schedule_runs_trigger_check',
];
