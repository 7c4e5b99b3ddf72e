import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The one queue of all durable work. docs/queue.md explains lanes, operations and states.
 * The hot tables keep few columns and fewer indexes: each is paid for on every operation.
 */
export class CreateQueue1795000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const STATEMENTS = [
  `create table queue_targets (
     id integer generated always as identity,
     name text not null,
     mode text not null default 'synchronous',
     concurrency integer not null default 8,
     retry_policy text not null default 'default',
     created_at timestamptz not null default now(),
     constraint queue_targets_pkey primary key (id),
     constraint queue_targets_name_key unique (name),
     constraint queue_targets_mode_check check (mode in ('synchronous', 'asynchronous')),
     constraint queue_targets_concurrency_check check (concurrency between 1 and 256),
     constraint queue_targets_retry_policy_check check (retry_policy in ('default', 'czechidm'))
   )`,
  `insert into queue_targets (name) values ('database')`,
  `create table queue_executors (
     id bigint generated always as identity,
     node text not null,
     pid integer not null,
     roles text[] not null,
     started_at timestamptz not null default now(),
     beat_at timestamptz not null default now(),
     is_dead boolean not null default false,
     is_rescued boolean not null default false,
     constraint queue_executors_pkey primary key (id)
   ) with (fillfactor = 50)`,
  `create table queue_lanes (
     id bigint generated always as identity,
     key text not null,
     target_id integer not null,
     shard smallint not null,
     state text not null,
     run_at timestamptz not null default now(),
     head_seq bigint not null default 1,
     tail_seq bigint not null default 0,
     handed_seq bigint not null default 0,
     admitted_seq bigint not null default 0,
     owner_id bigint,
     token bigint not null default 0,
     priority smallint not null default 0,
     constraint queue_lanes_pkey primary key (id),
     constraint queue_lanes_key_key unique (key),
     constraint queue_lanes_target_id_fkey foreign key (target_id) references queue_targets (id),
     constraint queue_lanes_state_check
       check (state in ('idle', 'ready', 'leased', 'gated-async', 'gated-retry', 'parked')),
     constraint queue_lanes_owner_check check ((state = 'leased') = (owner_id is not null))
   ) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`,
  `create index queue_lanes_ready_idx on queue_lanes (target_id, priority, run_at, id) where state = 'ready'`,
  `create index queue_lanes_gated_idx on queue_lanes (target_id, state, run_at)
     where state in ('gated-async', 'gated-retry', 'parked')`,
  `create table queue_operations (
     lane_id bigint not null,
     seq bigint not null,
     kind text not null,
     state text not null default 'CREATED',
     attempts smallint not null default 0,
     crashes smallint not null default 0,
     created_at timestamptz not null default clock_timestamp(),
     failed_since timestamptz,
     subject text not null,
     payload jsonb not null,
     actor text not null,
     request_id text,
     parent_lane_id bigint,
     parent_seq bigint,
     parent_ordinal integer,
     constraint queue_operations_pkey primary key (lane_id, seq),
     constraint queue_operations_state_check check (state in ('CREATED', 'RUNNING', 'UNKNOWN', 'FAILED')),
     constraint queue_operations_payload_check check (pg_column_size(payload) <= 2048)
   ) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`,
  `create unique index queue_operations_parent_key
     on queue_operations (parent_lane_id, parent_seq, parent_ordinal) where parent_lane_id is not null`,
  `create table queue_attempts (
     lane_id bigint not null,
     seq bigint not null,
     attempt integer not null,
     outcome text not null,
     code text,
     message text not null,
     started_at timestamptz not null,
     ended_at timestamptz not null default now(),
     executor_id bigint not null,
     constraint queue_attempts_outcome_check check
       (outcome in ('executed', 'transient', 'unknown', 'conflict', 'permanent', 'configuration', 'crashed'))
   ) partition by range (ended_at)`,
  `create index queue_attempts_lane_id_seq_idx on queue_attempts (lane_id, seq)`,
  `create table queue_intents (
     lane_id bigint not null,
     seq bigint not null,
     attempt integer not null,
     action text not null,
     identifier text not null,
     digests jsonb not null,
     stored_at timestamptz not null default now(),
     executor_id bigint not null
   ) partition by range (stored_at)`,
  `create index queue_intents_lane_id_seq_idx on queue_intents (lane_id, seq)`,
  `create table queue_archive (
     lane_id bigint not null,
     seq bigint not null,
     kind text not null,
     state text not null,
     attempts smallint not null,
     crashes smallint not null,
     created_at timestamptz not null,
     finished_at timestamptz not null default now(),
     subject text not null,
     result text not null,
     payload jsonb not null,
     actor text not null,
     request_id text,
     executor_id bigint,
     constraint queue_archive_state_check check (state in ('EXECUTED', 'CANCELED', 'FAILED'))
   ) partition by range (finished_at)`,
  `create index queue_archive_lane_id_seq_idx on queue_archive (lane_id, seq)`,
  `create index queue_archive_finished_at_idx on queue_archive (finished_at, lane_id, seq)`,
];
