-- The account has no object on the system any more. $1 account.
update provisioning_accounts a set
  identifier = null, native_id = null, confirmed_at = null, updated_at = now(),
  state = case when a.state = 'released' then 'gone' else a.state end
where a.id = $1
