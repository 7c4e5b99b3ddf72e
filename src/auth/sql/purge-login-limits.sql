-- More than one refusal can add: the table shrinks to what still matters. The minute keeps what is just being taken.
delete from auth_login_limits
where key in (
  select forgotten.key
  from auth_login_limits forgotten
  where greatest(forgotten.forgiven_at, forgotten.known_until) < clock_timestamp() - interval '1 minute'
  order by greatest(forgotten.forgiven_at, forgotten.known_until)
  limit 20
  for update skip locked
)
