-- The operations of one transaction, at the places their lanes just gave them.
insert into queue_operations
  (lane_id, seq, kind, subject, payload, actor, request_id, parent_lane_id, parent_seq, parent_ordinal)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::text[],
                     $8::bigint[], $9::bigint[], $10::int[])
