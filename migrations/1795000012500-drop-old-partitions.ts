import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Retention by whole days, and what the queue remembers of the database it runs in. What must stay is said here and not
 * by the caller: the role that serves can forget old days, and nothing that still waits.
 */
export class DropOldPartitions1795000012500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: write another one.');
  }
}

const WAITS = `exists (
  select from public.queue_operations o where o.lane_id = kept.lane_id and o.seq = kept.seq
)`;

/** An attempt ends well within a day of its intent, so $1 (the day that goes) and the next are looked at alone. */
const HAS_NO_KNOWN_END = `not exists (
  select from public.queue_attempts a
  where a.lane_id = kept.lane_id and a.seq = kept.seq and a.attempt = kept.attempt and a.ended_at >= kept.stored_at
    and a.ended_at >= $1 and a.ended_at < $1 + interval '2 days' and a.outcome not in ('unknown', 'crashed')
)`;

/**
 * Without a known end an intent may be the only proof of whose an object is, until a later attempt of its lane succeeds.
 * Scalar, because it is asked of few rows: as a join it might be planned to read all attempts there are.
 */
const PROVES_NOTHING = `(select true from public.queue_lanes l where l.id = kept.lane_id) is null or (
  select true from public.queue_attempts a
  where a.lane_id = kept.lane_id and a.ended_at > kept.stored_at and a.outcome = 'executed'
  limit 1
)`;

/**
 * What stays is gathered first, while others write; then the table is locked for a moment, or not at all. Rows keep their
 * times and so their order: <table>_kept stands for all days before the oldest that is whole.
 */
const DROP_PARTITION = `
  create function platform_drop_partition(parent text, day date) returns bigint
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp set lock_timeout = '500ms'
  as $function$
  declare
    listed public.platform_partitioned_tables;
    partition text := parent || '_p' || to_char(day, 'YYYYMMDD');
    kept text := parent || '_kept';
    gathered text := parent || '_gathered';
    begins timestamptz := to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00';
    ends text := to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00';
    gone text[];
    each text;
    total bigint := 0;
  begin
    select * into listed from public.platform_partitioned_tables as t where t.name = parent;
    if not found then
      raise exception 'platform_partitioned_tables does not list %', parent using errcode = 'insufficient_privilege';
    end if;
    if day > (now() at time zone 'UTC')::date - 7 then
      raise exception '% of % is younger than seven days', day, parent using errcode = 'insufficient_privilege';
    end if;
    gone := array(
      select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
      where i.inhparent = format('public.%I', parent)::regclass
        and c.relname in (kept, partition)
    );
    if listed.dropped_to >= day and partition <> all (gone) then
      return 0;
    end if;
    if listed.keeps is not null then
      execute format('create table public.%I (like public.%I including defaults including constraints including indexes)', gathered, parent);
      foreach each in array gone loop
        -- One statement, so one moment: what ends meanwhile is not gathered twice.
        execute format('insert into public.%I ', gathered) || (
          select string_agg(format('select * from public.%I as kept where %s', each, condition), ' union all ')
          from unnest(listed.keeps) as condition
        ) using begins;
      end loop;
      if listed.keeps_unless is not null then
        execute format('delete from public.%I as kept where %s', gathered, listed.keeps_unless);
      end if;
      execute format('select count(*) from public.%I', gathered) into total;
    end if;
    foreach each in array gone loop
      execute format('alter table public.%I detach partition public.%I', parent, each);
      execute format('drop table public.%I', each);
    end loop;
    if listed.keeps is not null then
      execute format('alter table public.%I rename to %I', gathered, kept);
      execute format('alter table public.%I attach partition public.%I for values from (minvalue) to (%L)', parent, kept, ends);
    end if;
    update public.platform_partitioned_tables as t set dropped_to = greatest(t.dropped_to, day) where t.name = parent;
    return total;
  end $function$`;

const STATEMENTS: readonly string[] = [
  `alter table platform_partitioned_tables
     add column turn smallint not null default 0,
     add column keeps text[],
     add column keeps_unless text,
     add column dropped_to date`,
  // A row stays that meets one of the conditions, of which it meets one at most. Attempts say how intents ended: of one
  // day they go after them.
  `update platform_partitioned_tables as listed set turn = v.turn, keeps = v.keeps, keeps_unless = v.keeps_unless
   from (values
     ('queue_intents', 1, array[$sql$${WAITS}$sql$, $sql$not ${WAITS} and ${HAS_NO_KNOWN_END}$sql$],
      $sql$not ${WAITS} and (${PROVES_NOTHING})$sql$),
     ('queue_attempts', 2, array[$sql$${WAITS}$sql$], null),
     ('queue_archive', 3, null, null),
     ('provisioning_operations', 4, array[$sql$${WAITS}$sql$], null),
     ('provisioning_operation_attributes', 5, array[$sql$${WAITS}$sql$], null)
   ) as v(name, turn, keeps, keeps_unless)
   where listed.name = v.name`,
  DROP_PARTITION,
  'revoke all on function platform_drop_partition(text, date) from public',
  // A restored backup knows another database than the one it is in.
  `create table queue_installation (
     is_only boolean not null default true,
     system_identifier text not null,
     database_oid bigint not null,
     hold text,
     reason text,
     held_at timestamptz,
     held_by text,
     targets_before jsonb not null default '[]',
     released_at timestamptz,
     constraint queue_installation_pkey primary key (is_only),
     constraint queue_installation_is_only_check check (is_only),
     constraint queue_installation_hold_check check
       (hold in ('moved', 'older', 'person') and (hold is null) = (held_at is null))
   )`,
];
