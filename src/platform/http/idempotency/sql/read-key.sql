-- A key that somebody else has: what became of their request.
select fingerprint = $2 as is_same,
       answer_sealed,
       answer_sealed is null and committed_at is not null and leased_until <= now() as is_lost
from platform_idempotency_keys
where id = $1
