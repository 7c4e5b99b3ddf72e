-- Times of another expression, and times that passed while it was paused, are nothing to make up for.
update schedule_entries as entry
set
  cron = $2,
  zone = $3,
  is_paused = $4,
  catch_up = $5,
  considered_until = case
    when (entry.cron, entry.zone, entry.is_paused) is distinct from ($2, $3, $4) then clock_timestamp()
    else entry.considered_until
  end,
  version = entry.version + 1
where entry.name = $1
