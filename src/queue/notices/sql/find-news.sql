-- Targets about which a person is to be told now, marked as told; those that are well again are forgotten, so that the
-- next trouble is news. Of a target's lanes that park one after the other the first is told at once, the rest together
-- later. $1 the target that notices go to, $2 seconds between two notices of parked lanes, $3 seconds for which a
-- flush may still be about to commit a lane as parked.
with news as (
  select t.id, seen.*
  from queue_targets t
  cross join lateral (
    select
      t.parked_noticed_at < now() - make_interval(secs => $2) and exists (
        select from queue_lanes l
        where l.target_id = t.id and l.state = 'parked'
          and l.run_at > t.parked_noticed_at and l.run_at <= now() - make_interval(secs => $3)
      ) as has_parked,
      coalesce(t.held_at > t.hold_noticed_at, false)
        or (t.breaker_open_until is not null and t.hold_noticed_at = '-infinity') as has_stopped,
      t.hold is null and t.breaker_open_until is null
        and t.hold_noticed_at > '-infinity' and t.hold_noticed_at < now() - make_interval(secs => $2) as is_well_again
  ) seen
  where t.id <> $1 and (seen.has_parked or seen.has_stopped or seen.is_well_again)
  -- Two workers that look at once tell it once.
  for no key update of t skip locked
),
told as (
  update queue_targets t set
    parked_noticed_at =
      case when news.has_parked then now() - make_interval(secs => $3) else t.parked_noticed_at end,
    hold_noticed_at =
      case when news.has_stopped then now() when news.is_well_again then '-infinity' else t.hold_noticed_at end
  from news
  where t.id = news.id
  returning t.id, t.name, news.has_parked or news.has_stopped as is_news
)
select told.id, told.name from told where told.is_news order by told.id
