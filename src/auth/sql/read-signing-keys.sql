select kid, private_key_sealed, created_at, signs_from, retired_at, accepted_until
from auth_signing_keys
order by signs_from, kid
