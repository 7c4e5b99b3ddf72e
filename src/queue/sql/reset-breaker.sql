-- Its settings changed: the target is tried at once. $1 target.
update queue_targets t set
  breaker_open_until = null,
  breaker_trips = 0,
  breaker_reason = null,
  probe_executor_id = null,
  probe_until = null
where t.id = $1 and t.breaker_open_until is not null
