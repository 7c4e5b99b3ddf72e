-- A row that no administrator changed follows the code's defaults.
insert into schedule_entries as entry (name, cron, zone)
values ($1, $2, $3)
on conflict (name) do update
set cron = excluded.cron, zone = excluded.zone
where entry.version = 1 and (entry.cron, entry.zone) is distinct from (excluded.cron, excluded.zone)
