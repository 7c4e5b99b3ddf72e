-- The object of an account is known, apart from any operation's end. $1 account, $2 identifier, $3 native id, and what
-- was known of it before: $4 identifier, $5 native id. No row when somebody else was faster.
update provisioning_accounts a set
  identifier = $2, native_id = $3, confirmed_at = now(), updated_at = now()
where a.id = $1 and a.identifier is not distinct from $4 and a.native_id is not distinct from $5
returning a.id
