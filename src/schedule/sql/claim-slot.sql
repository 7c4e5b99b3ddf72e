-- Of all who name the same slot one gets it: the others, waiting for the row, then see it in last_slot.
-- While a run goes on the slot is used up and counted; nothing starts.
with claimed as (
  update schedule_entries as entry
  set
    last_slot = $2::timestamptz,
    skipped_slots = entry.skipped_slots + case when entry.run_id is null then 0 else 1 end,
    last_started_at = case when entry.run_id is null then now() else entry.last_started_at end,
    running_until = case
      when entry.run_id is null then now() + make_interval(secs => $4::float8)
      else entry.running_until
    end,
    run_id = coalesce(entry.run_id, $3::uuid)
  where
    entry.name = $1
    and not entry.is_paused
    and (entry.last_slot is null or entry.last_slot < $2::timestamptz)
  returning entry.name, entry.run_id = $3::uuid as is_started
),
started as (
  insert into schedule_runs (id, name, slot, trigger, actor, node)
  select $3::uuid, claimed.name, $2::timestamptz, 'slot', $5, $6
  from claimed
  where claimed.is_started
)
select claimed.is_started from claimed
