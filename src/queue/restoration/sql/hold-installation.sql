-- Remembers that everything is held, and how targets were held before. $1 cause, $2 reason, $3 by whom.
update queue_installation set
  hold = $1, reason = $2, held_at = now(), held_by = $3,
  targets_before = (
    select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'kind', t.hold, 'reason', t.hold_reason, 'by', t.held_by)), '[]')
    from queue_targets t
    where t.hold is not null and t.hold <> 'restored'
  )
