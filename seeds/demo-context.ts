// What the demo seed works with, taken from the application.
import type { INestApplicationContext } from '@nestjs/common';
import { MappingsService, RoleMappingsService, SystemsService } from '../src/provisioning/index.js';
import {
  FormAttributesService,
  FormValuesService,
  IdentitiesService,
  RoleAssignmentsService,
  RolesService,
} from '../src/registry/index.js';
import { Database } from '../src/platform/database/index.js';
import type { DemoContext } from './demo.js';

export function demoContext(
  app: INestApplicationContext,
  directory: DemoContext['directory'],
  databaseUrl: string,
): DemoContext {
  return {
    reader: app.get(Database),
    identities: app.get(IdentitiesService),
    roles: app.get(RolesService),
    roleAssignments: app.get(RoleAssignmentsService),
    formAttributes: app.get(FormAttributesService),
    formValues: app.get(FormValuesService),
    systems: app.get(SystemsService),
    mappings: app.get(MappingsService),
    roleMappings: app.get(RoleMappingsService),
    directory,
    database: { url: databaseUrl },
  };
}
