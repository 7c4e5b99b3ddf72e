-- In the transaction that carries the request out; no row when the key is another request's by now.
update platform_idempotency_keys set committed_at = now() where id = $1 and attempt = $2 returning true as is_ours
