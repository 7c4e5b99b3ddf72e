-- Takes a place in every count at once, or in none. Who has to wait writes and locks nothing, so that knocking makes no
-- wait longer; who need not is looked at again under the lock, so that of any number at once only the free ones pass.
-- Neither taken nor waiting: a count is not there yet.
with place as (
  select *
  from unnest($1::bytea[], $2::boolean[], $3::float8[], $4::float8[], $5::text[], $6::float8[])
    with ordinality as place (key, is_for_strangers, free_count, seconds_each, waits, strangers_count, position)
), caller as (
  select not exists (
    select from auth_login_limits pair where pair.key = $1[1] and pair.known_until > clock_timestamp()
  ) as is_stranger
), rule as (
  -- A stranger also waits until a place is free that is not kept for others.
  select
    place.*,
    case
      when caller.is_stranger then make_interval(secs => (place.strangers_count - 1) * place.seconds_each)
    end as open_to_strangers
  from place, caller
  where caller.is_stranger or not place.is_for_strangers
), asked as (
  select
    rule.*,
    stored.key is not null as is_there,
    greatest(stored.waits_until, stored.forgiven_at - rule.open_to_strangers) as waits_until
  from rule
  left join auth_login_limits stored on stored.key = rule.key
), locked as materialized (
  select
    stored.key,
    greatest(stored.waits_until, stored.forgiven_at - asked.open_to_strangers) as waits_until,
    stored.forgiven_at
  from asked
  join auth_login_limits stored on stored.key = asked.key
  where (select bool_and(asked.is_there and asked.waits_until <= clock_timestamp()) from asked)
  order by asked.position
  for update of stored
), counted as (
  select
    locked.key,
    greatest(locked.forgiven_at, clock_timestamp()) + make_interval(secs => asked.seconds_each) as forgiven_at,
    ceil(greatest(extract(epoch from locked.forgiven_at - clock_timestamp()) / asked.seconds_each, 0) + 1)
      - asked.free_count + 1 as nth_wait,
    asked.waits::float8[] as waits
  from locked
  join asked on asked.key = locked.key
  where (select bool_and(locked.waits_until <= clock_timestamp()) from locked)
    and (select count(*) from locked) = (select count(*) from asked)
), taken as (
  update auth_login_limits stored
  set
    forgiven_at = counted.forgiven_at,
    waits_until = case
      when counted.nth_wait < 1 then '-infinity'
      else clock_timestamp()
        + make_interval(secs => counted.waits[least(counted.nth_wait::integer, cardinality(counted.waits))])
    end
  from counted
  where stored.key = counted.key
  returning stored.key
)
select
  (select count(*) > 0 from taken) as is_taken,
  (
    select ceil(extract(epoch from max(waiting.waits_until) - clock_timestamp()))::float8
    from (select asked.waits_until from asked union all select locked.waits_until from locked) waiting
    where waiting.waits_until > clock_timestamp()
  ) as wait_seconds
