update auth_signing_keys
set is_active = false, retired_at = $1, accepted_until = $2
where is_active
