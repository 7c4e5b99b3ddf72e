update platform_idempotency_keys set answer_sealed = $3 where id = $1 and attempt = $2
