-- In one order for everybody, so that two transactions never wait for each other.
select attachment.sha256
from registry_attachments attachment
where attachment.sha256 = any ($1)
order by attachment.sha256
for update
