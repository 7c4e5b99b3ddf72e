-- A dead executor that holds no lane any more needs no further look; after a day nobody asks about it. Its id stays
-- unused.
with forgotten as (
  delete from queue_executors x where x.is_rescued and x.beat_at < now() - interval '1 day'
)
update queue_executors x set is_rescued = true
where x.is_dead and not x.is_rescued
  and not exists (select from queue_lanes l where l.owner_id = x.id and l.state = 'leased')
