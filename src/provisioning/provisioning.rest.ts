// What the HTTP side of provisioning is made of, for the module to spread.
import { AccountsController } from './accounts.controller.js';
import { ConnectorCatalogue } from './connector/connector-catalogue.js';
import { ConnectorsController } from './connector/connectors.controller.js';
import { EndpointGuard } from './connector/endpoint-guard.js';
import { MappingPreview } from './mapping-preview.service.js';
import { MappingsController } from './mappings.controller.js';
import { MappingsService } from './mappings.service.js';
import { RoleMappingsController } from './role-mappings.controller.js';
import { RoleMappingsService } from './role-mappings.service.js';
import { SystemProbe } from './system-probe.service.js';
import { SystemsController } from './systems.controller.js';
import { SystemsService } from './systems.service.js';

export const provisioningControllers = [
  ConnectorsController,
  SystemsController,
  MappingsController,
  RoleMappingsController,
  AccountsController,
] as const;

export const provisioningProviders = [
  ConnectorCatalogue,
  EndpointGuard,
  SystemsService,
  SystemProbe,
  MappingsService,
  MappingPreview,
  RoleMappingsService,
] as const;
