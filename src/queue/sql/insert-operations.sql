-- The operations of one transaction, at the places their lanes just gave them.
insert into queue_operations
  (lane_id, seq, kind, state, subject, payload, actor, request_id, parent_lane_id, parent_seq, parent_ordinal,
   supersession, is_grouped, waits_lane_id, waits_seq, waits_group_id, failed_since)
select n.lane_id, n.seq, n.kind, n.state, n.subject, n.payload, n.actor, n.request_id, n.parent_lane_id, n.parent_seq,
       n.parent_ordinal, n.supersession, n.is_grouped, n.waits_lane_id, n.waits_seq, n.waits_group_id,
       case when n.state = 'FAILED' then now() end
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[], $8::text[],
            $9::bigint[], $10::bigint[], $11::int[], $12::text[], $13::boolean[], $14::bigint[], $15::bigint[], $16::bigint[])
  as n(lane_id, seq, kind, state, subject, payload, actor, request_id, parent_lane_id, parent_seq, parent_ordinal,
       supersession, is_grouped, waits_lane_id, waits_seq, waits_group_id)
