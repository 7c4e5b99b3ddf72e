import { describe, expect, it } from '@jest/globals';
import { loadSettings, processSettings, type ProcessSettings } from '../platform/config/index.js';
import { databaseSettings, type DatabaseSettings } from '../platform/database/index.js';
import { type HttpSettings, httpSettings } from '../platform/http/index.js';
import { loggingSettings, type LoggingSettings } from '../platform/logging/index.js';
import { secretsSettings, type SecretsSettings } from '../platform/secrets/index.js';
import { queueSettings, type QueueSettings } from '../queue/index.js';
import { weakConfiguration } from './weak-configuration.js';

const groups = [
  httpSettings,
  processSettings,
  databaseSettings,
  loggingSettings,
  queueSettings,
  secretsSettings,
];

/** Where the weak settings of an environment are. */
function weakIn(env: Record<string, string>): string[] {
  const { values } = loadSettings(groups, env);
  return weakConfiguration({
    http: values.get(httpSettings.token) as HttpSettings,
    process: values.get(processSettings.token) as ProcessSettings,
    database: values.get(databaseSettings.token) as DatabaseSettings,
    logging: values.get(loggingSettings.token) as LoggingSettings,
    queue: values.get(queueSettings.token) as QueueSettings,
    secrets: values.get(secretsSettings.token) as SecretsSettings,
  }).flatMap(({ level, where }) => (level === 'ok' ? [] : [where]));
}

const production = {
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  DATABASE_URL: 'postgres://provost:x7Kq2mPz@db.example.org/provost?sslmode=verify-full',
  PROVOST_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  PROVOST_HTTP_PUBLIC_URL: 'https://provost.example.org',
  PROVOST_HTTP_TRUSTED_PROXIES: '10.0.0.0/8',
};

describe('the settings in effect', () => {
  it('are well on one machine to try out, and as docs/operations.md sets them for production', () => {
    expect(weakIn({})).toEqual([]);
    expect(weakIn(production)).toEqual([]);
  });

  it.each([
    [{ HOST: '0.0.0.0', PROVOST_HTTP_PUBLIC_URL: 'http://localhost' }, 'NODE_ENV'],
    [{ ...production, PROVOST_HTTP_PUBLIC_URL: '' }, 'PROVOST_HTTP_PUBLIC_URL'],
    [{ ...production, PROVOST_HTTP_PUBLIC_URL: 'http://provost.example.org' }, 'PROVOST_HTTP_PUBLIC_URL'],
    [{ ...production, PROVOST_HTTP_TRUSTED_PROXIES: '' }, 'PROVOST_HTTP_TRUSTED_PROXIES'],
    [{ ...production, DATABASE_URL: '' }, 'DATABASE_URL'],
    [{ ...production, DATABASE_URL: 'postgres://provost:Provost@db/provost' }, 'DATABASE_URL'],
    [{ ...production, DATABASE_URL: 'postgres://app:app@db/provost' }, 'DATABASE_URL'],
    [{ ...production, PROVOST_SECRETS_KEY: '' }, 'PROVOST_SECRETS_KEY'],
    [{ PROVOST_LOGGING_LEVEL: 'debug' }, 'PROVOST_LOGGING_LEVEL'],
    [{ PROVOST_LOGGING_LEVEL: 'silent' }, 'PROVOST_LOGGING_LEVEL'],
    [{ PROVOST_QUEUE_TIME_FACTOR: '0.5' }, 'PROVOST_QUEUE_TIME_FACTOR'],
  ])('are weak: %j', (env, where) => {
    expect(weakIn(env)).toEqual([where]);
  });
});
