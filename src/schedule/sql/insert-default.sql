-- A row that no administrator changed follows the code's defaults. New times count from now on.
insert into schedule_entries as entry (name, cron, zone, catch_up, considered_until)
values ($1, $2, $3, $4, clock_timestamp())
on conflict (name) do update
set
  cron = excluded.cron,
  zone = excluded.zone,
  catch_up = excluded.catch_up,
  considered_until = case
    when (entry.cron, entry.zone) is distinct from (excluded.cron, excluded.zone) then excluded.considered_until
    else entry.considered_until
  end
where
  entry.version = 1
  and (entry.cron, entry.zone, entry.catch_up)
    is distinct from (excluded.cron, excluded.zone, excluded.catch_up)
