// Boots a part of the service for API specs: the real HTTP stack, on a real database and a free port.
import { type DynamicModule, Global, type ModuleMetadata, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Clock, systemClock } from '../../src/platform/clock/index.js';
import {
  type LoadedSettings,
  loadSettings,
  type SettingsGroup,
  SettingsModule,
} from '../../src/platform/config/index.js';
import { DatabaseModule } from '../../src/platform/database/index.js';
import { DiagnosisModule } from '../../src/platform/diagnosis/index.js';
import { HealthModule } from '../../src/platform/health/index.js';
import {
  configureHttp,
  httpAdapter,
  httpOptions,
  type HttpSettings,
  httpSettings,
} from '../../src/platform/http/index.js';
import { MetricsModule } from '../../src/platform/metrics/index.js';
import { SecretBox } from '../../src/platform/secrets/index.js';

export interface TestAppOptions {
  /** The modules under test, with the modules they need; the platform is there already. */
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly controllers?: NonNullable<ModuleMetadata['controllers']>;
  readonly providers?: NonNullable<ModuleMetadata['providers']>;
  readonly databaseUrl: string;
  /** What TypeORM maps in these modules. */
  readonly entities?: readonly (abstract new () => unknown)[];
  /** The groups of settings these modules inject. */
  readonly settings?: readonly SettingsGroup[];
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  /** The data key; nodes of one installation share it. */
  readonly secretBox?: SecretBox;
}

export interface TestRequest {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
}

export interface TestResponse<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON of any kind; undefined when there is none. */
  readonly body: Body;
}

export interface TestApp {
  readonly app: NestFastifyApplication;
  /** Without a slash at its end. */
  readonly url: string;
  request<Body = Record<string, unknown>>(
    method: string,
    path: string,
    request?: TestRequest,
  ): Promise<TestResponse<Body>>;
  close(): Promise<void>;
}

@Module({})
class TestRootModule {}

@Global()
@Module({})
class TestPlatformModule {}

export async function bootTestApp(options: TestAppOptions): Promise<TestApp> {
  const settings = loadSettings([httpSettings, ...(options.settings ?? [])], options.env ?? {});
  const http = settings.values.get(httpSettings.token) as HttpSettings;
  const app = await NestFactory.create<NestFastifyApplication>(rootOf(options, settings), httpAdapter(http), {
    ...httpOptions,
    abortOnError: false,
    logger: false,
  });
  try {
    configureHttp(app);
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  return { app, url, request: requestTo(url), close: () => app.close() };
}

function rootOf(options: TestAppOptions, settings: LoadedSettings): DynamicModule {
  const platform: DynamicModule = {
    module: TestPlatformModule,
    providers: [
      { provide: Clock, useValue: options.clock ?? systemClock },
      { provide: SecretBox, useValue: options.secretBox ?? new SecretBox(Buffer.alloc(32, 1)) },
    ],
    exports: [Clock, SecretBox],
  };
  return {
    module: TestRootModule,
    imports: [
      platform,
      SettingsModule.of(settings),
      DatabaseModule.of({
        url: options.databaseUrl,
        applicationName: 'provost test',
        poolSize: 10,
        statementTimeoutMs: 15_000,
        entities: options.entities ?? [],
      }),
      DiagnosisModule,
      HealthModule,
      MetricsModule,
      ...options.imports,
    ],
    controllers: options.controllers ?? [],
    providers: options.providers ?? [],
  };
}

/** Sends requests to the service at `url`. */
export function requestTo(url: string): TestApp['request'] {
  return async <Body>(
    method: string,
    path: string,
    request: TestRequest = {},
  ): Promise<TestResponse<Body>> => {
    const { token, body } = request;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const parsed = (text === '' ? undefined : isJson ? JSON.parse(text) : text) as Body;
    return { status: response.status, headers: response.headers, body: parsed };
  };
}
