// The composition root: the only place that sees everything.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from './audit/index.js';
import { authEntities, AuthModule } from './auth/index.js';
import { ClockModule } from './platform/clock/index.js';
import { type LoadedSettings, SettingsModule } from './platform/config/index.js';
import { DatabaseModule, type DatabaseSettings } from './platform/database/index.js';
import { ExpressionsModule } from './platform/expressions/index.js';
import { HealthModule } from './platform/health/index.js';
import { MetricsModule } from './platform/metrics/index.js';
import { SecretsModule } from './platform/secrets/index.js';
import { connectors } from './plugins/connectors/index.js';
import { provisioningEntities, ProvisioningModule } from './provisioning/index.js';
import { QueueModule } from './queue/index.js';
import { registryEntities, RegistryModule } from './registry/index.js';
import { ScheduleModule } from './schedule/index.js';

export interface AppOptions {
  readonly settings: LoadedSettings;
  readonly database: DatabaseSettings & { readonly url: string };
  /** 32 bytes: the key for secrets at rest. */
  readonly dataKey: Buffer;
  /** The compiled evaluator of expressions, when the application runs from its sources. */
  readonly expressionsChild?: URL | undefined;
}

@Module({})
export class AppModule {
  static of({ settings, database, dataKey, expressionsChild }: AppOptions): DynamicModule {
    const { url, poolSize, statementTimeoutMs } = database;
    return {
      module: AppModule,
      imports: [
        ClockModule,
        SettingsModule.of(settings),
        SecretsModule.of(dataKey),
        DatabaseModule.of({
          url,
          poolSize,
          statementTimeoutMs,
          applicationName: 'provost',
          entities: [...authEntities, ...registryEntities, ...provisioningEntities],
        }),
        HealthModule,
        MetricsModule,
        ExpressionsModule.of(expressionsChild),
        AuditModule,
        AuthModule,
        QueueModule.of({ url, poolSize }),
        ScheduleModule,
        RegistryModule,
        ProvisioningModule.of(connectors),
      ],
    };
  }
}
