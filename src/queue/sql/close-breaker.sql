-- The target answered its probe. $1 target, $2 executor.
update queue_targets t set
  breaker_open_until = null,
  breaker_trips = 0,
  breaker_reason = null,
  probe_executor_id = null,
  probe_until = null
where t.id = $1 and t.breaker_open_until <= now() and t.probe_executor_id = $2
returning t.id
