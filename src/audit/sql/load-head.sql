select position, hash, horizon::text as horizon, ceiling::text as ceiling, last_id::text as last_id,
       (to_jsonb(passed_at at time zone 'UTC') #>> '{}') || 'Z' as passed_at,
       extract(epoch from passed_at)::float8 * 1000 as passed_at_ms, cluster, mac
from audit_head
