import { Module } from '@nestjs/common';
import { Attachments } from './attachments.js';
import { FormAttributeEntity } from './form-attribute.entity.js';
import { FormAttributesController } from './form-attributes.controller.js';
import { FormAttributesService } from './form-attributes.service.js';
import { FormValuesController } from './form-values.controller.js';
import { FormValuesService } from './form-values.service.js';
import { IdentitiesController } from './identities.controller.js';
import { IdentitiesService } from './identities.service.js';
import { IdentityReader } from './identity-reader.js';
import { IdentityEntity } from './identity.entity.js';
import { RoleAssignmentEntity } from './role-assignment.entity.js';
import { RoleAssignmentsController } from './role-assignments.controller.js';
import { RoleAssignmentsService } from './role-assignments.service.js';
import { RoleEntity } from './role.entity.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';

/** Attachments and form values are read and written by statements that lock: they have no entity. */
export const registryEntities = [
  IdentityEntity,
  RoleEntity,
  RoleAssignmentEntity,
  FormAttributeEntity,
] as const;

const services = [
  IdentitiesService,
  RolesService,
  RoleAssignmentsService,
  FormAttributesService,
  FormValuesService,
  IdentityReader,
  Attachments,
];

/** Who is who: identities, roles, forms and attachments. */
@Module({
  controllers: [
    IdentitiesController,
    RolesController,
    RoleAssignmentsController,
    FormAttributesController,
    FormValuesController,
  ],
  providers: services,
  exports: services,
})
export class RegistryModule {}
