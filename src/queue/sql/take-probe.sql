-- The one look at a target whose breaker was open long enough: one executor at a time. $1 targets, $2 executor,
-- $3 milliseconds it may take, $4 the priorities of the lanes it may take then.
update queue_targets t set
  probe_executor_id = $2,
  probe_until = now() + make_interval(secs => $3 / 1000.0)
where t.id in (
  select p.id from queue_targets p
  where p.id = any ($1::int[]) and p.breaker_open_until <= now() and (p.probe_until is null or p.probe_until < now())
    and exists (select from queue_lanes l where l.target_id = p.id and l.state = 'ready' and l.priority = any ($4::smallint[]) and l.run_at <= now())
  for update skip locked)
returning t.id
