import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { processSettings, type ProcessSettings } from '../platform/config/index.js';
import { databaseSettings, type DatabaseSettings } from '../platform/database/index.js';
import { Diagnosis } from '../platform/diagnosis/index.js';
import { type HttpSettings, httpSettings } from '../platform/http/index.js';
import { loggingSettings, type LoggingSettings } from '../platform/logging/index.js';
import { secretsSettings, type SecretsSettings } from '../platform/secrets/index.js';
import { queueSettings, type QueueSettings } from '../queue/index.js';
import { weakConfiguration } from './weak-configuration.js';

@Injectable()
export class ConfigurationChecks implements OnModuleInit {
  constructor(
    private readonly diagnosis: Diagnosis,
    @Inject(httpSettings.token) private readonly http: HttpSettings,
    @Inject(processSettings.token) private readonly process: ProcessSettings,
    @Inject(databaseSettings.token) private readonly database: DatabaseSettings,
    @Inject(loggingSettings.token) private readonly logging: LoggingSettings,
    @Inject(queueSettings.token) private readonly queue: QueueSettings,
    @Inject(secretsSettings.token) private readonly secrets: SecretsSettings,
  ) {}

  onModuleInit(): void {
    const { http, process, database, logging, queue, secrets } = this;
    this.diagnosis.add({
      area: 'configuration',
      subject: 'The settings',
      look: () => Promise.resolve(weakConfiguration({ http, process, database, logging, queue, secrets })),
    });
  }
}
