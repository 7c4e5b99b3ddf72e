select
  attribute.code,
  encode(value.sha256, 'hex') as sha256,
  attachment.size_bytes as "sizeBytes",
  attachment.media_type as "mediaType",
  value.updated_at as "updatedAt"
from registry_form_values value
join registry_form_attributes attribute on attribute.id = value.attribute_id
join registry_attachments attachment on attachment.sha256 = value.sha256
where value.entity_id = $1
order by attribute.code
