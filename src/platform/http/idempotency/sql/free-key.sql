-- The request ended without an answer to keep: the key is free again, unless something was committed.
with freed as (
  delete from platform_idempotency_keys where id = $1 and attempt = $2 and committed_at is null
)
update platform_idempotency_keys set leased_until = now() where id = $1 and attempt = $2 and committed_at is not null
