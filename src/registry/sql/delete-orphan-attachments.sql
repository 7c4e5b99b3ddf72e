-- Only after lock-attachments: this statement's snapshot then has every value that refers to them.
delete from registry_attachments attachment
where attachment.sha256 = any ($1)
  and not exists (select from registry_form_values value where value.sha256 = attachment.sha256)
