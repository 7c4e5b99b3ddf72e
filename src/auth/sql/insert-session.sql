-- A new session with its first refresh token, while the operator is still the one whose password was checked ($10).
-- Its row stays locked until commit: a change of it then ends the new session too.
with operator as materialized (
  select stored.id
  from auth_operators stored
  where stored.id = $2 and stored.password_hash is not distinct from $10 and not stored.is_disabled
  for share
), opened as (
  insert into auth_sessions (
    id, operator_id, idle_expires_at, expires_at, address, client, directory_dn, directory_uuid
  )
  select
    $1::uuid,
    operator.id,
    clock_timestamp() + make_interval(secs => least($4::integer, $5::integer)),
    clock_timestamp() + make_interval(secs => $5::integer),
    $6,
    $7,
    $8,
    $9
  from operator
  returning id, generation, idle_expires_at
), given as (
  insert into auth_refresh_tokens (token_hash, session_id, generation)
  select $3, opened.id, opened.generation from opened
)
select ceil(extract(epoch from opened.idle_expires_at - clock_timestamp()))::integer as refresh_expires_in
from opened
