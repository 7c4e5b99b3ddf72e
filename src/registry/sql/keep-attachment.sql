-- Inserts the attachment or locks the one that is there: either way it stays until this transaction ends.
insert into registry_attachments (sha256, size_bytes, media_type)
values ($1, $2, $3)
on conflict (sha256) do update set media_type = excluded.media_type
