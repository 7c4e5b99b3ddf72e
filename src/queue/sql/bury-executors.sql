-- Declares dead whoever has not beaten for a lease. A flush in progress holds its row: it is left for the next look.
-- $1 lease in milliseconds.
update queue_executors x set is_dead = true
where x.id in (
  select y.id from queue_executors y
  where not y.is_dead and y.beat_at < now() - make_interval(secs => $1 / 1000.0)
  for update skip locked)
returning x.id
