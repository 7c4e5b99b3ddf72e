select kid, signs_from, retired_at, accepted_until from auth_signing_keys
