insert into queue_attempts (lane_id, seq, attempt, outcome, code, message, started_at, executor_id)
select a.lane_id, a.seq, a.attempt, a.outcome, a.code, a.message, now() - make_interval(secs => a.took_ms / 1000.0), $1
from unnest($2::bigint[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[], $8::double precision[])
  as a(lane_id, seq, attempt, outcome, code, message, took_ms)
