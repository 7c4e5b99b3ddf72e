import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Groups, waits, superseding, holds, limits and the breaker of a target. docs/queue.md explains them. */
export class CompleteQueue1795000012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS: readonly string[] = [
  `alter table queue_targets
     add column hold text,
     add column hold_reason text,
     add column held_at timestamptz,
     add column held_by text,
     add column rate_per_second double precision,
     add column burst integer not null default 1,
     add column rate_next_at timestamptz not null default '-infinity',
     add column has_breaker boolean not null default true,
     add column breaker_open_until timestamptz,
     add column breaker_trips integer not null default 0,
     add column breaker_reason text,
     add column probe_executor_id bigint,
     add column probe_until timestamptz,
     add column retry_settings jsonb,
     add column parked_noticed_at timestamptz not null default '-infinity',
     add column hold_noticed_at timestamptz not null default '-infinity',
     drop constraint queue_targets_retry_policy_check,
     add constraint queue_targets_retry_policy_check
       check (retry_policy in ('default', 'czechidm', 'custom') and (retry_policy = 'custom') = (retry_settings is not null)) not valid,
     add constraint queue_targets_hold_check
       check (hold in ('disabled', 'maintenance', 'readonly', 'restored') and (hold is null) = (held_at is null)) not valid,
     add constraint queue_targets_rate_check
       check ((rate_per_second > 0 and rate_per_second <= 100000) is not false and burst between 1 and 100000) not valid`,
  'alter table queue_targets validate constraint queue_targets_retry_policy_check',
  'alter table queue_targets validate constraint queue_targets_hold_check',
  'alter table queue_targets validate constraint queue_targets_rate_check',
  // The database is no target that could be away on its own.
  `update queue_targets set has_breaker = false where name = 'database'`,
  // Where notices for people are sent; one at a time, so that a slow receiver costs one place.
  `insert into queue_targets (name, concurrency) values ('notices', 1)`,
  `alter table queue_lanes
     alter column priority set default 1,
     add column hold text,
     -- What an attempt would have done when it was held back; of the last such hold.
     add column hold_message text,
     add column is_single_use boolean not null default false,
     drop constraint queue_lanes_state_check,
     add constraint queue_lanes_state_check check
       (state in ('idle', 'ready', 'leased', 'gated-async', 'gated-retry', 'held', 'dependent', 'parked')) not valid,
     add constraint queue_lanes_hold_check check ((state = 'held') = (hold is not null)) not valid,
     add constraint queue_lanes_priority_check check (priority in (0, 1, 2)) not valid`,
  'alter table queue_lanes validate constraint queue_lanes_state_check',
  'alter table queue_lanes validate constraint queue_lanes_hold_check',
  'alter table queue_lanes validate constraint queue_lanes_priority_check',
  `alter table queue_operations
     add column supersession text,
     add column is_grouped boolean not null default false,
     add column is_awaited boolean not null default false,
     add column waits_lane_id bigint,
     add column waits_seq bigint,
     add column waits_group_id bigint,
     drop constraint queue_operations_state_check,
     add constraint queue_operations_state_check check
       (state in ('CREATED', 'RUNNING', 'UNKNOWN', 'FAILED', 'NOT_EXECUTED', 'BLOCKED')) not valid,
     add constraint queue_operations_supersession_check check (supersession in ('state', 'end')) not valid,
     add constraint queue_operations_waits_check check
       ((waits_lane_id is null) = (waits_seq is null) and (waits_lane_id is null or waits_group_id is null)) not valid`,
  'alter table queue_operations validate constraint queue_operations_state_check',
  'alter table queue_operations validate constraint queue_operations_supersession_check',
  'alter table queue_operations validate constraint queue_operations_waits_check',
  // Lanes of one use go with their last operation: the archive keeps what people ask about.
  `alter table queue_archive
     add column lane_key text,
     add column target_id integer,
     add column superseded_by bigint,
     drop constraint queue_archive_state_check,
     add constraint queue_archive_state_check check (state in ('EXECUTED', 'CANCELED', 'SUPERSEDED', 'FAILED')) not valid`,
  `create table queue_groups (
     id bigint generated always as identity,
     subject text not null,
     open integer not null default 0,
     failed integer not null default 0,
     total integer not null default 0,
     actor text not null,
     created_at timestamptz not null default now(),
     closed_at timestamptz,
     constraint queue_groups_pkey primary key (id),
     constraint queue_groups_open_check check (open >= 0 and failed >= 0 and open + failed <= total)
   ) with (fillfactor = 60)`,
  `create table queue_group_members (
     group_id bigint not null,
     lane_id bigint not null,
     seq bigint not null,
     state text not null default 'open',
     constraint queue_group_members_pkey primary key (group_id, lane_id, seq),
     constraint queue_group_members_group_id_fkey foreign key (group_id) references queue_groups (id) on delete cascade,
     constraint queue_group_members_state_check check (state in ('open', 'failed', 'done'))
   ) with (fillfactor = 80)`,
  // Given back by a living process, in good order or after it had lost the database: nobody crashed.
  'alter table queue_executors add column is_retired boolean not null default false',
  'create index queue_group_members_lane_id_seq_idx on queue_group_members (lane_id, seq)',
  // One rule for what a lane becomes when nobody has it in hand; src/queue/domain/gate.ts is the same in TypeScript,
  // and a test holds them against each other for every input.
  `create function queue_gate(head_state text, is_waiting boolean, target_mode text, is_admitted boolean) returns text
   language sql immutable parallel safe
   return case
     when head_state is null then 'idle'
     when is_waiting then 'dependent'
     when target_mode = 'asynchronous' and head_state in ('CREATED', 'NOT_EXECUTED', 'BLOCKED') and not is_admitted
       then 'gated-async'
     else 'ready'
   end`,
  // Whether what an operation waits for has not ended yet.
  `create function queue_is_waiting(waits_lane bigint, waits_place bigint, waits_group bigint) returns boolean
   language sql stable parallel safe
   return case
     when waits_lane is not null then exists (
       select from public.queue_operations o where o.lane_id = waits_lane and o.seq = waits_place)
     when waits_group is not null then exists (
       select from public.queue_groups g where g.id = waits_group and g.open > 0)
     else false
   end`,
];
