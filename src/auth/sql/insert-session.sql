-- A new session with its first refresh token, for an operator whose row the transaction has locked.
with opened as (
  insert into auth_sessions (
    id, operator_id, idle_expires_at, expires_at, address, client, directory_dn, directory_uuid
  )
  values (
    $1,
    $2,
    clock_timestamp() + make_interval(secs => least($4::integer, $5::integer)),
    clock_timestamp() + make_interval(secs => $5::integer),
    $6,
    $7,
    $8,
    $9
  )
  returning id, generation, idle_expires_at
), given as (
  insert into auth_refresh_tokens (token_hash, session_id, generation)
  select $3, opened.id, opened.generation from opened
)
select ceil(extract(epoch from opened.idle_expires_at - clock_timestamp()))::integer as refresh_expires_in
from opened
