update schedule_entries as entry
set running_until = clock_timestamp() + make_interval(secs => $2::float8)
where entry.run_id = $1
returning entry.name
