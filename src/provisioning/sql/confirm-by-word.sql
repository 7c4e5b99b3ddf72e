-- A person has seen the object of an account under this identifier. $1 account, $2 identifier.
update provisioning_accounts a set identifier = $2, confirmed_at = now(), updated_at = now()
where a.id = $1
