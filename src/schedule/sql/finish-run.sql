-- Only the holder of the lease ends its run; a run whose lease was taken away has been ended already.
with freed as (
  update schedule_entries as entry
  set
    run_id = null,
    running_until = null,
    last_finished_at = now(),
    last_outcome = $2,
    last_counts = $3::jsonb,
    last_error = $4
  where entry.run_id = $1
  returning entry.name
),
finished as (
  update schedule_runs as run
  set finished_at = now(), outcome = $2, counts = $3::jsonb, error = $4
  from freed
  where run.id = $1
),
pruned as (
  delete from schedule_runs as run
  using freed
  where
    run.name = freed.name
    and run.id in (
      select old.id
      from schedule_runs as old
      where old.name = freed.name
      order by old.started_at desc, old.id desc
      offset $5::int
    )
)
select freed.name from freed
