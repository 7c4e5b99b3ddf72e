-- The first login of an account of the directory makes its operator; of any number at once, one does.
insert into auth_operators (realm, login, display_name, roles, identity_id)
values ($1, $2, $3, $4, $5)
on conflict (realm, login) do nothing
returning id
