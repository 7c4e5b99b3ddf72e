select
  entry.name,
  entry.cron,
  entry.zone,
  entry.is_paused,
  entry.catch_up,
  entry.last_slot,
  entry.skipped_slots,
  entry.run_id,
  entry.last_started_at,
  entry.last_finished_at,
  entry.last_outcome,
  entry.last_counts,
  entry.last_error,
  entry.version
from schedule_entries as entry
where entry.name = any($1::text[]) and ($2::text is null or entry.name > $2::text)
order by entry.name
limit $3
