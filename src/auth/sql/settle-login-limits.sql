-- Gives back the places of an attempt that was not a wrong guess: whole counts where it proved who it is ($5), otherwise
-- its own. With seconds ($6) its address is known from now on.
with place as (
  select *
  from unnest($1::bytea[], $2::boolean[], $3::float8[], $4::float8[], $5::boolean[])
    with ordinality as place (key, is_for_strangers, free_count, seconds_each, is_forgiven, position)
), locked as materialized (
  select stored.key, stored.forgiven_at, place.free_count, place.seconds_each, place.is_forgiven, place.position
  from place
  join auth_login_limits stored on stored.key = place.key
  where not place.is_for_strangers
    or not exists (
      select from auth_login_limits pair where pair.key = $1[1] and pair.known_until > clock_timestamp()
    )
  order by place.position
  for update of stored
)
update auth_login_limits stored
set
  waits_until = '-infinity',
  forgiven_at = case
    when locked.is_forgiven then clock_timestamp()
    else locked.forgiven_at - make_interval(secs => locked.seconds_each)
  end,
  known_until = case
    when locked.position = 1 and $6::float8 is not null then clock_timestamp() + make_interval(secs => $6::float8)
    else stored.known_until
  end
from locked
where stored.key = locked.key
