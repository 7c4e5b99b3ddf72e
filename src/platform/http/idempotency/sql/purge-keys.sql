delete from platform_idempotency_keys
where id in (
  select id from platform_idempotency_keys where expires_at <= now() order by expires_at limit $1 for update skip locked
)
returning true as is_gone
