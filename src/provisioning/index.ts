export type {
  Attributes,
  AttributeDelta,
  AttributeValue,
  Connector,
  ConnectorContext,
  ConnectorDefinition,
  ConnectorObject,
  ObjectClass,
  ObjectRef,
  SchemaAttribute,
} from './connector/connector.contract.js';
export { ConnectorError, type ConnectorErrorCode } from './connector/connector-error.js';
export { DATABASE_IDENTITY, OWN_DATABASE } from './connector/own-database.js';
export { type SystemConfiguration, SystemConnectors } from './connector/system-connectors.js';
export { INSECURE, type SystemEndpoint } from './domain/system-endpoint.js';
export { MappingsService } from './mappings.service.js';
export { provisioningEntities, ProvisioningModule } from './provisioning.module.js';
export { RoleMappingsService } from './role-mappings.service.js';
export { SystemsService } from './systems.service.js';
