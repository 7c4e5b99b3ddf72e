// The composition root: the only place that sees everything.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule, AuditTrailModule } from './audit/index.js';
import { authEntities, AuthModule } from './auth/index.js';
import { DoctorModule } from './doctor/index.js';
import { ClockModule } from './platform/clock/index.js';
import { type LoadedSettings, SettingsModule } from './platform/config/index.js';
import { DatabaseModule, type DatabaseSettings } from './platform/database/index.js';
import { DiagnosisModule } from './platform/diagnosis/index.js';
import { DialerModule } from './platform/dialer/index.js';
import { ExpressionsModule } from './platform/expressions/index.js';
import { HealthModule } from './platform/health/index.js';
import { HttpModule } from './platform/http/index.js';
import { MetricsModule } from './platform/metrics/index.js';
import { type KeyRing, SecretsModule } from './platform/secrets/index.js';
import { connectors } from './plugins/connectors/index.js';
import { provisioningEntities, ProvisioningModule } from './provisioning/index.js';
import { NoticesModule, QueueModule, RestorationModule } from './queue/index.js';
import { IdentityLoginModule, registryEntities, RegistryModule } from './registry/index.js';
import { ScheduleModule } from './schedule/index.js';

export interface AppOptions {
  readonly settings: LoadedSettings;
  readonly database: DatabaseSettings & { readonly url: string };
  /** The keys for secrets at rest. */
  readonly keys: KeyRing;
  /** The compiled evaluator of expressions, when the application runs from its sources. */
  readonly expressionsChild?: URL | undefined;
}

@Module({})
export class AppModule {
  static of({ settings, database, keys, expressionsChild }: AppOptions): DynamicModule {
    const { url, poolSize, statementTimeoutMs, lockTimeoutMs, idleTransactionTimeoutMs } = database;
    return {
      module: AppModule,
      imports: [
        ClockModule,
        SettingsModule.of(settings),
        SecretsModule.of(keys),
        DatabaseModule.of({
          url,
          poolSize,
          statementTimeoutMs,
          lockTimeoutMs,
          idleTransactionTimeoutMs,
          applicationName: 'provost',
          entities: [...authEntities, ...registryEntities, ...provisioningEntities],
        }),
        DiagnosisModule,
        DialerModule,
        HealthModule,
        HttpModule,
        MetricsModule,
        ExpressionsModule.of(expressionsChild),
        AuditModule,
        AuditTrailModule,
        AuthModule,
        QueueModule.of({ url, poolSize, statementTimeoutMs: database.workerStatementTimeoutMs }),
        RestorationModule,
        NoticesModule,
        ScheduleModule,
        RegistryModule,
        IdentityLoginModule,
        ProvisioningModule.of(connectors),
        DoctorModule,
      ],
    };
  }
}
