export { AttachmentGoneError, Attachments } from './attachments.js';
export type { MediaType } from './domain/media-type.js';
export { FormAttributesService } from './form-attributes.service.js';
export { FormValuesService, type FormValue } from './form-values.service.js';
export type { CreateFormAttribute } from './form.schema.js';
export { IdentitiesService } from './identities.service.js';
export {
  type Executor,
  type FormAttachment,
  IdentityReader,
  type IdentitySnapshot,
} from './identity-reader.js';
export type { IdentityEntity, IdentityState } from './identity.entity.js';
export { IdentityLoginModule } from './identity-login.module.js';
export type { CreateIdentity, UpdateIdentity } from './identity.schema.js';
export { registryEntities, RegistryModule } from './registry.module.js';
export { RoleAssignmentsService } from './role-assignments.service.js';
export type { RoleEntity } from './role.entity.js';
export type { CreateRole, UpdateRole } from './role.schema.js';
export { RolesService } from './roles.service.js';
