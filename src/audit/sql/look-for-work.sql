-- Whether a pass of the sealer would find something, and the snapshot that says so. $1 a snapshot: what it sees needs no look.
select pg_current_snapshot()::text as snapshot,
  case when h.id is null
         or greatest(h.ceiling, h.horizon, pg_snapshot_xmax($1::pg_snapshot)) > pg_snapshot_xmax(pg_current_snapshot())
         or h.cluster <> (select system_identifier::text from pg_control_system())
  then exists (select from audit_records)
  else
    -- A sealed one too, once everything older has ended: from then on nothing can be put in beside it.
    exists (
      select from audit_records r
      where r.transaction_id >= h.horizon and r.transaction_id < pg_snapshot_xmin(pg_current_snapshot()))
    or exists (
      select from audit_records r
      where r.transaction_id >= greatest(h.horizon, pg_snapshot_xmax($1::pg_snapshot))
        and r.transaction_id < pg_snapshot_xmax(pg_current_snapshot())
        and (select true from audit_seals s where s.record_id = r.id) is null)
    or exists (
      select from audit_records r
      where r.transaction_id >= h.horizon
        and r.transaction_id = any (array(select pg_snapshot_xip($1::pg_snapshot)))
        and (select true from audit_seals s where s.record_id = r.id) is null)
  end as has_work
from (select 1) one left join audit_head h on true
