-- The same position is left once, as in claim-slot.
update schedule_entries as entry
set considered_until = $3::timestamptz, skipped_slots = entry.skipped_slots + $4::bigint
where entry.name = $1 and not entry.is_paused and entry.considered_until = $2::timestamptz
returning entry.name
