-- Targets that hold nothing any more, or something else, and still have lanes that they held: with the holds to lift.
select t.id, array_remove(array['disabled', 'maintenance', 'readonly', 'restored'], t.hold) as holds
from queue_targets t
where exists (
  select from queue_lanes l
  where l.target_id = t.id and l.state = 'held'
    and l.hold in ('disabled', 'maintenance', 'readonly', 'restored') and l.hold is distinct from t.hold)
