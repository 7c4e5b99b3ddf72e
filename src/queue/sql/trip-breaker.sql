-- Opens the breaker of a target: of several that notice at once the first one counts, and a probe that failed.
-- $1 target, $2 reason, $3 milliseconds, $4 executor.
update queue_targets t set
  breaker_open_until = now() + make_interval(secs => $3 / 1000.0),
  breaker_trips = t.breaker_trips + 1,
  breaker_reason = $2,
  probe_executor_id = null,
  probe_until = null
where t.id = $1 and t.has_breaker
  and (t.breaker_open_until is null or (t.breaker_open_until <= now() and (t.probe_executor_id = $4 or t.probe_until < now())))
returning t.id
