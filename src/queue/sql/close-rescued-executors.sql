-- A dead executor that holds no lane any more needs no further look.
update queue_executors x set is_rescued = true
where x.is_dead and not x.is_rescued
  and not exists (select from queue_lanes l where l.owner_id = x.id and l.state = 'leased')
