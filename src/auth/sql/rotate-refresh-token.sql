-- The next generation of a session that the transaction has locked; the current token becomes its predecessor.
with used as (
  update auth_refresh_tokens
  set rotated_at = clock_timestamp()
  where session_id = $1 and rotated_at is null
), advanced as (
  update auth_sessions
  set
    generation = generation + 1,
    idle_expires_at = least(clock_timestamp() + make_interval(secs => $3::integer), expires_at),
    last_used_at = clock_timestamp(),
    address = $4,
    client = $5
  where id = $1
  returning id, generation, idle_expires_at
), given as (
  insert into auth_refresh_tokens (token_hash, session_id, generation)
  select $2, advanced.id, advanced.generation from advanced
)
select ceil(extract(epoch from advanced.idle_expires_at - clock_timestamp()))::integer as refresh_expires_in
from advanced
