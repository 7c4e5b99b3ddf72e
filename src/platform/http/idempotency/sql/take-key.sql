-- Takes a key that is new, has expired, or was left behind by the same request when that had committed nothing.
insert into platform_idempotency_keys as kept (id, fingerprint, attempt, leased_until, expires_at)
values ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(hours => $5))
on conflict (id) do update
set fingerprint = excluded.fingerprint,
    attempt = excluded.attempt,
    leased_until = excluded.leased_until,
    expires_at = excluded.expires_at,
    committed_at = null,
    answer_sealed = null
where kept.expires_at <= now()
   or (kept.fingerprint = excluded.fingerprint and kept.leased_until <= now()
       and kept.committed_at is null and kept.answer_sealed is null)
returning true as is_taken
