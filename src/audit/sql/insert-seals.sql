-- $1 positions, $2 records, $3 hashes.
insert into audit_seals (position, record_id, hash)
select * from unnest($1::bigint[], $2::bigint[], $3::bytea[])
