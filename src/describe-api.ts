// The API document without a running service: routes and schemas are read, nothing is connected or started.
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createApiDocument } from './api-document.js';
import { AppModule } from './app.module.js';
import { loadSettings } from './platform/config/index.js';
import { databaseSettings, type DatabaseSettings } from './platform/database/index.js';
import { httpAdapter, type HttpSettings, httpSettings } from './platform/http/index.js';
import { KeyRing } from './platform/secrets/index.js';
import { settingsGroups } from './settings.js';
import { version } from './version.js';

export async function describeApi(): Promise<OpenAPIObject> {
  const settings = loadSettings(settingsGroups, {});
  const database = settings.values.get(databaseSettings.token) as DatabaseSettings;
  const module = AppModule.of({
    settings,
    database: { ...database, url: 'postgres://nowhere' },
    keys: KeyRing.of(Buffer.alloc(32)),
  });
  const adapter = httpAdapter(settings.values.get(httpSettings.token) as HttpSettings);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return createApiDocument(app, version);
}
