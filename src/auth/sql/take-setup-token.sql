-- Of any number of takers at once, one gets the row: it is gone for those who waited.
delete from auth_setup_tokens
where token_hash = $1
  and expires_at > clock_timestamp()
  and not exists (select from auth_operators where realm = 'local')
returning is_only
