update schedule_entries as entry
set cron = $2, zone = $3, is_paused = $4, version = entry.version + 1
where entry.name = $1
