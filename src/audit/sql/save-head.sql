-- $1 position, $2 hash, $3 horizon, $4 ceiling, $5 last id, $6 passed at, $7 cluster, $8 MAC.
insert into audit_head (position, hash, horizon, ceiling, last_id, passed_at, cluster, mac)
values ($1, $2, $3::text::xid8, $4::text::xid8, $5, $6::text::timestamptz, $7, $8)
on conflict (id) do update set
  position = excluded.position, hash = excluded.hash, horizon = excluded.horizon, ceiling = excluded.ceiling,
  last_id = excluded.last_id, passed_at = excluded.passed_at, cluster = excluded.cluster, mac = excluded.mac
