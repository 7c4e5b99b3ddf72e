import { type DynamicModule, Module } from '@nestjs/common';
import { RegistryModule } from '../registry/index.js';
import { ScheduleModule } from '../schedule/index.js';
import { AccountManagement } from './accounts/account-management.js';
import { CONNECTOR_DEFINITIONS } from './connector/connector-catalogue.js';
import type { ConnectorDefinition } from './connector/connector.contract.js';
import { SystemConnectors } from './connector/system-connectors.js';
import { ProvisioningExecutors } from './executors/provisioning-executors.js';
import { AttributeMappingEntity, MappingEntity } from './mapping.entity.js';
import { AccountRecords } from './operation/account-records.js';
import { ProvisioningOperation } from './operation/provisioning-operation.js';
import { SystemEntity } from './system.entity.js';
import { ProvisioningChecks } from './provisioning.checks.js';
import { provisioningControllers, provisioningProviders } from './provisioning.rest.js';

export const provisioningEntities = [SystemEntity, MappingEntity, AttributeMappingEntity] as const;

/** Systems, mappings and accounts; the operation that makes an account match. */
@Module({})
export class ProvisioningModule {
  static of(connectors: readonly ConnectorDefinition[]): DynamicModule {
    return {
      module: ProvisioningModule,
      imports: [RegistryModule, ScheduleModule],
      controllers: [...provisioningControllers],
      providers: [
        ...provisioningProviders,
        { provide: CONNECTOR_DEFINITIONS, useValue: connectors },
        SystemConnectors,
        AccountManagement,
        AccountRecords,
        ProvisioningOperation,
        ProvisioningExecutors,
        ProvisioningChecks,
      ],
      exports: [...provisioningProviders, SystemConnectors],
    };
  }
}
