-- One statement, so that an identity, its roles and its form are of the same moment.
select
  identity.id,
  identity.login,
  identity.given_name as "givenName",
  identity.surname,
  identity.display_name as "displayName",
  identity.title,
  identity.email,
  identity.phone,
  identity.state,
  identity.version,
  (
    select coalesce(json_agg(json_build_object('id', role.id, 'code', role.code) order by role.code), '[]')
    from registry_role_assignments assignment
    join registry_roles role on role.id = assignment.role_id
    where assignment.identity_id = identity.id
  ) as roles,
  (
    select coalesce(
      json_agg(
        json_build_object(
          'code', attribute.code,
          'sha256', encode(value.sha256, 'hex'),
          'sizeBytes', attachment.size_bytes,
          'mediaType', attachment.media_type
        )
        order by attribute.code
      ),
      '[]'
    )
    from registry_form_values value
    join registry_form_attributes attribute on attribute.id = value.attribute_id
    join registry_attachments attachment on attachment.sha256 = value.sha256
    where value.entity_id = identity.id
  ) as form
from registry_identities identity
where identity.id = any ($1::uuid[])
