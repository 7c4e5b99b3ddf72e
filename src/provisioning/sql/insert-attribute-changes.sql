insert into provisioning_operation_attributes (lane_id, seq, attribute, was, becomes)
select $1, $2, c.attribute, c.was, c.becomes
from unnest($3::text[], $4::jsonb[], $5::jsonb[]) as c(attribute, was, becomes)
