import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who did what. Rows are only ever added. */
export class CreateAudit1795000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_records (
        id bigint generated always as identity,
        recorded_at timestamptz not null default now(),
        actor text not null,
        request_id text,
        action text not null,
        object_type text not null,
        object_id text not null,
        before jsonb,
        after jsonb,
        constraint audit_records_pkey primary key (id)
      )`);
    await runner.query('create index audit_records_object_idx on audit_records (object_type, object_id, id)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}
