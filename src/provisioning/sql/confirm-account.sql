-- The object of an account was seen or written under this identifier. $1 account, $2 identifier, $3 native id.
update provisioning_accounts a set
  identifier = $2, native_id = $3, confirmed_at = now(), updated_at = now()
where a.id = $1
