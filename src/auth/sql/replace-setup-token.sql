-- Only while nobody can log in with a password that is kept here.
insert into auth_setup_tokens (token_hash, expires_at)
select $1, clock_timestamp() + interval '24 hours'
where not exists (select from auth_operators where realm = 'local')
on conflict (is_only) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
returning is_only
