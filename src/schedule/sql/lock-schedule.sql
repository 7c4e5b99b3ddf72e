select entry.cron, entry.zone, entry.is_paused, entry.catch_up, entry.version
from schedule_entries as entry
where entry.name = $1
for update
