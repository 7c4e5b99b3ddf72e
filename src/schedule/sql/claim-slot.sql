-- A decision is made from a position. Of all who made one from there one gets it: the others, waiting for the row, find
-- it moved on. While a run goes on the slot is used up and counted, or waits. One that has its run already gets no other.
with entry as (
  select
    held.name,
    held.run_id is null and not slot.has_run as is_started,
    held.run_id is not null and not slot.has_run as is_passed
  from
    schedule_entries as held,
    lateral (
      select exists(
        select from schedule_runs as run where run.name = held.name and run.slot = $5::timestamptz
      ) as has_run
    ) as slot
  where
    held.name = $1
    and not held.is_paused
    and held.considered_until = $2::timestamptz
    and (held.run_id is null or not $6::boolean)
  for update of held
),
claimed as (
  update schedule_entries as changed
  set
    considered_until = $3::timestamptz,
    last_slot = greatest(changed.last_slot, $5::timestamptz),
    skipped_slots = changed.skipped_slots + $4::bigint + case when entry.is_passed then 1 else 0 end,
    last_started_at = case when entry.is_started then now() else changed.last_started_at end,
    running_until = case
      when entry.is_started then clock_timestamp() + make_interval(secs => $8::float8)
      else changed.running_until
    end,
    run_id = case when entry.is_started then $7::uuid else changed.run_id end
  from entry
  where changed.name = entry.name
  returning changed.name, entry.is_started
),
started as (
  insert into schedule_runs (id, name, slot, trigger, actor, node)
  select $7::uuid, claimed.name, $5::timestamptz, $9, $10, $11
  from claimed
  where claimed.is_started
)
select claimed.is_started from claimed
