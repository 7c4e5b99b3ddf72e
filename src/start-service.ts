// Brings the service up in the one right order, and down in the reverse of it.
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { servingGrants } from '../migrations/grants.js';
import { migrations } from '../migrations/index.js';
import { createApiDocument, serveApiDocument } from './api-document.js';
import { AppModule, type AppOptions } from './app.module.js';
import { assertEveryRouteIsGuarded, SetupService } from './auth/index.js';
import { type Embedded, startEmbedded } from './embedded/index.js';
import {
  loadSettings,
  processSettings,
  type ProcessSettings,
  type SettingsGroup,
  type SettingsOf,
} from './platform/config/index.js';
import {
  Database,
  databaseSettings,
  type DatabaseSettings,
  migrate,
  Partitions,
  roleOf,
  SchemaError,
  schemaState,
  weakDatabaseSettings,
} from './platform/database/index.js';
import { codeOf } from './platform/failures/index.js';
import { Health } from './platform/health/index.js';
import {
  configureHttp,
  httpAdapter,
  httpOptions,
  type HttpSettings,
  httpSettings,
  problem,
} from './platform/http/index.js';
import { JsonLogger, loggingSettings, sayLastWords } from './platform/logging/index.js';
import { installationKeys, secretsSettings, type SecretsSettings } from './platform/secrets/index.js';
import { QueueRuntime } from './queue/index.js';
import { settingsGroups } from './settings.js';
import { version } from './version.js';

export interface StartOptions {
  /** Where structured logs go. */
  readonly logTo?: NodeJS.WritableStream;
  /** Starts the demo directory also when the database is configured. */
  readonly wantsDirectory?: boolean;
  /** Gives the port to listen on for the configured one, for when that may be taken. */
  readonly choosePort?: (configured: number) => Promise<number>;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly embedded: Embedded;
  readonly dataDirectory: string;
  /** The first administrator's one-time token; null when there is an operator. Never log it. */
  readonly setupToken: string | null;
  stop(): Promise<void>;
}

/** @throws ConfigurationError, SchemaError, or whatever keeps a part from starting; nothing is left running then. */
export async function startService(options: StartOptions = {}): Promise<RunningService> {
  const settings = loadSettings(settingsGroups);
  const of = <Group extends SettingsGroup>(group: Group): SettingsOf<Group> =>
    settings.values.get(group.token) as SettingsOf<Group>;
  const logger = new JsonLogger(of(loggingSettings).level, options.logTo);
  const log = new Logger('start');
  Logger.overrideLogger(logger);
  sayLastWords(logger);
  for (const source of settings.sources) log.debug(source);

  const process = of(processSettings);
  const keys = installationKeys(of(secretsSettings), process.dataDirectory);
  const embedded = await startEmbedded({
    databaseUrl: of(databaseSettings).url,
    dataDirectory: process.dataDirectory,
    wantsDirectory: options.wantsDirectory ?? of(databaseSettings).url === undefined,
    log: logStart,
  });
  try {
    await bringSchemaUpToDate(embedded, logStart);
    const app = await createApp(
      {
        settings,
        database: { ...of(databaseSettings), url: embedded.databaseUrl },
        keys: keys.ring,
      },
      logger,
    );
    try {
      const { host, port } = of(httpSettings);
      await app.get(Partitions).ensure();
      const weak = [keys.file?.weakness(), ...(await weakDatabaseSettings(app.get(Database)))];
      for (const weakness of weak) if (weakness !== undefined) log.warn(`weak setting: ${weakness}`);
      await app.listen(options.choosePort ? await options.choosePort(port) : port, host);
      await app.get(QueueRuntime).start();
      log.log({ url: await app.getUrl(), roles: process.roles }, 'serving');
      const setupToken = await app.get(SetupService).issueSetupToken();
      return {
        app,
        url: await app.getUrl(),
        embedded,
        dataDirectory: process.dataDirectory,
        setupToken,
        stop: async () => {
          app.get(Health).add('process', async () => ({ ok: false, detail: 'stops; ask another process' }));
          // The queue at once, whatever else has to end before its turn comes.
          await Promise.all([app.get(QueueRuntime).beforeApplicationShutdown(), app.close()]);
          await embedded.stop();
        },
      };
    } catch (error) {
      await app.close();
      throw error;
    }
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

export interface OpenApplication {
  readonly app: INestApplicationContext;
  readonly embedded: Embedded;
  readonly close: () => Promise<void>;
}

/** The application without HTTP, workers or schedules, on a migrated database: for seeds. */
export async function openApplication({
  wantsDirectory,
}: {
  readonly wantsDirectory: boolean;
}): Promise<OpenApplication> {
  const settings = loadSettings(settingsGroups);
  const process = settings.values.get(processSettings.token) as ProcessSettings;
  const database = settings.values.get(databaseSettings.token) as DatabaseSettings;
  const secrets = settings.values.get(secretsSettings.token) as SecretsSettings;
  Logger.overrideLogger(new JsonLogger('warn'));
  const embedded = await startEmbedded({
    databaseUrl: database.url,
    ownerUrl: database.migrateUrl,
    dataDirectory: process.dataDirectory,
    wantsDirectory,
    log: logStart,
  });
  try {
    await bringSchemaUpToDate(embedded, logStart);
    const idle = {
      ...settings,
      values: new Map(settings.values).set(processSettings.token, { ...process, roles: ['api'] }),
    };
    const app = await NestFactory.createApplicationContext(
      AppModule.of({
        settings: idle,
        database: { ...database, url: embedded.databaseUrl },
        keys: installationKeys(secrets, process.dataDirectory).ring,
      }),
      { logger: false, abortOnError: false },
    );
    await app.get(Partitions).ensure();
    return {
      app,
      embedded,
      close: async () => {
        await app.close();
        await embedded.stop();
      },
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** The application with all its routes, not listening yet. */
export async function createApp(
  options: AppOptions,
  logger: JsonLogger | false,
): Promise<NestFastifyApplication> {
  const { settings } = options;
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(options),
    httpAdapter(settings.values.get(httpSettings.token) as HttpSettings),
    {
      ...httpOptions,
      logger,
      abortOnError: false,
    },
  );
  configureHttp(app);
  answerOnlyProbes(app, settings.values.get(processSettings.token) as ProcessSettings);
  serveApiDocument(app, createApiDocument(app, version));
  await app.init();
  assertEveryRouteIsGuarded(app);
  addDatabaseCheck(app);
  return app;
}

async function bringSchemaUpToDate(
  { databaseUrl, ownerUrl, ownsDatabase }: Embedded,
  log: (message: string) => void,
): Promise<void> {
  if (ownsDatabase) {
    const serving = { role: roleOf(databaseUrl), grants: servingGrants };
    await migrate({ url: ownerUrl, migrations, serving, log });
    return;
  }
  const { pending, unknown } = await schemaState(databaseUrl, migrations);
  if (unknown.length > 0)
    throw new SchemaError(
      `The database was migrated by a newer version of Provost (${unknown.join(', ')}). Start that version.`,
    );
  if (pending.length > 0)
    throw new SchemaError(`The database lacks ${pending.length} migration(s). Run: npm run migrate`);
}

function logStart(message: string): void {
  Logger.log(message, 'start');
}

function addDatabaseCheck(app: NestFastifyApplication): void {
  const database = app.get(Database);
  app.get(Health).add('database', async () => {
    const rows = await database
      .query<{ name: string | null; is_replica: boolean }>(
        `select (select name from platform_migrations order by timestamp desc limit 1) as name,
                pg_is_in_recovery() as is_replica`,
      )
      .catch((error: unknown) => codeOf(error) || 'too late');
    // The code alone: the words of the driver name the host.
    if (typeof rows === 'string')
      return { ok: false, detail: `does not answer (${rows}); requests are answered 503 until it does` };
    const [row] = rows;
    if (row?.is_replica === true)
      return { ok: false, detail: 'is a replica that only reads; DATABASE_URL must lead to the primary' };
    const newest = migrations.at(-1)?.name;
    return row?.name === newest
      ? { ok: true, detail: 'answers, with the schema of this version' }
      : {
          ok: false,
          detail: `its schema is at ${row?.name ?? 'nothing'}, this version needs ${newest}; run npm run migrate`,
        };
  });
}

/** A process without the role `api` answers probes and nothing else. */
function answerOnlyProbes(app: NestFastifyApplication, { roles }: ProcessSettings): void {
  if (roles.includes('api')) return;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request) => {
      if (['/healthz', '/readyz', '/metrics'].includes(request.url)) return;
      throw problem.notFound('This process has no role `api` (PROVOST_ROLES). Ask a process that has.');
    });
}
